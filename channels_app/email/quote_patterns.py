"""How the common mail programs, English and Chinese, introduce a quotation and end a message."""

import re

_DATED = r"(?=[^\n]*(?:\d{2}|@|<))"  # an attribution names a date or an address; "As she wrote:" does not

# One line, or a line wrapped over up to three; always the whole of the text given to `match`.
ATTRIBUTION = re.compile(
    r"^[>\s]*(?:"
    rf"On\s{_DATED}.{{4,400}}\bwrote\s*[:：]"
    rf"|{_DATED}.{{4,300}}<[^<>\n]+@[^<>\n]+>\s*(?:wrote|于.{{4,60}}写道)\s*[:：]"
    rf"|(?:At|Le|Am|El|Il|Em|Den|Op|W dniu)\s{_DATED}.{{6,300}}"
    r"(?:wrote|a écrit|schrieb[^:]{0,100}|escribió|ha scritto|escreveu|skrev|schreef|napisał(?:\(a\))?)\s*[:：]"
    rf"|(?:在|于|於)\s*{_DATED}.{{4,300}}(?:写道|寫道|写到|寫到|编写|寫|写)\s*[:：]"
    rf"|{_DATED}.{{2,200}}(?:于|於|在)\s*.{{4,80}}(?:写道|寫道|写到)\s*[:：]"
    rf"|\d{{4}}[年/.-].{{4,200}}(?:写道|寫道|wrote|のメール|書きました)\s*[:：]"
    rf"|(?:回复|回覆)\s+.{{1,200}}<[^<>\n]+@[^<>\n]+>\s*(?:的邮件|於|于).{{0,80}}[:：]"
    r")\s*$",
    re.IGNORECASE | re.DOTALL,
)
# A whole line (after quotation marks) that begins a copied mail.
SEPARATOR = re.compile(
    r"^[>\s]*(?:"
    r"[-_=—－]{2,}\s*(?:Original (?:Message|Email|Appointment)|Forwarded (?:Message|by.*|email)|Reply message|Original|"
    r"原始邮件|原始郵件|原邮件|原始信息|转发(?:的)?邮件(?:信息)?|转发的消息|轉寄的郵件|轉寄郵件|回复的原邮件|回复的邮件|邮件原文|邮件原件|原始邮件信息|"
    r"Ursprüngliche Nachricht|Message d'origine|Mensaje original|元のメッセージ)\s*[-_=—－]*"
    r"|Begin forwarded message\s*[:：]|(?:以下是转发的邮件|下面是被转发的邮件|开始转发的邮件|开始转发邮件)\s*[:：]"
    r"|##-.{3,120}-##"
    r")\s*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*(?:_{10,}|-{20,}|—{8,}|={20,})\s*$")

FROM_KEYS = r"From|发件人|寄件人|寄件者|发信人|差出人|De|Von"
DATE_KEYS = r"Date|Sent|发送时间|发送日期|日期|時間|时间|寄件日期|傳送日期|傳送時間|发件时间|送信日時|Gesendet|Envoyé"
TO_KEYS = r"To|收件人|收件者|寄至|宛先|An|À"
CC_KEYS = r"Cc|抄送|抄送人|副本|副本抄送"
SUBJECT_KEYS = r"Subject|主题|主題|主旨|标题|件名|Betreff|Objet"
REPLY_KEYS = r"Reply-To|回复至|答复给|回覆"
HEADER_LINE = re.compile(
    rf"^[>\s]*[*\"“]?(?:(?P<from>{FROM_KEYS})|(?P<date>{DATE_KEYS})|(?P<to>{TO_KEYS})|(?P<cc>{CC_KEYS})|(?P<subject>{SUBJECT_KEYS})"
    rf"|(?P<other>{REPLY_KEYS}|Importance|重要性|附件|Attachments?|Bcc|密送))"
    r"[*\"”]?[ \t\u00a0\u3000]*[:：][*]?[ \t\u00a0\u3000]*(?P<value>.*)$",
    re.IGNORECASE,
)

SIGNATURE_MARK = re.compile(r"^(?:-- ?|—— ?|––)$")
DEVICE_LINE = re.compile(
    r"^[>\s]*(?:"
    r"Sent (?:from|via|with) (?:my |Mail for |Yahoo|Outlook|Gmail|the |"
    r"Samsung|Huawei|Xiaomi|iPhone|Proton|Mailspring|[A-Z]).{0,80}"
    r"|Get (?:Outlook|BlueMail) for .{2,60}|Envoyé de mon .{2,40}|Von meinem .{2,40} gesendet"
    r"|(?:发自|發自|来自|來自|傳送自|传送自|从我的?|從我的?|由我的).{1,40}?"
    r"(?:iPhone|iPad|iOS|Mac|手机|手機|邮箱|郵箱|邮件|郵件|Windows|Android|安卓|平板|客户端|Outlook|Foxmail|大师|"
    r"发送|傳送|寄出|[A-Za-z0-9 ]+)(?:.{0,12}(?:发送|傳送|寄出))?"
    r"|(?:从|從).{0,20}Windows.{0,10}(?:版)?(?:邮件|郵件)(?:发送|傳送).{0,10}|获取\s*(?:Outlook).{0,40}|下载\s*(?:Outlook|网易邮箱大师).{0,40}"
    r"|通过.{1,20}(?:邮箱|邮件|客户端)发送"
    r")[。.!]?\s*$",
    re.IGNORECASE,
)
DISCLAIMER = re.compile(
    r"^\s*[*_>\"“'(（【\[]*(?:"
    r"(?:This|The (?:information|contents?|material)|IMPORTANT|CONFIDENTIAL(?:ITY)?(?: NOTICE)?|DISCLAIMER|NOTICE)\b.{0,160}"
    r"(?:e-?mail|message|communication|transmission|confidential|intended|privileged|attachment)"
    r"|(?:本|此|该)(?:电子)?(?:邮件|郵件).{0,60}(?:保密|机密|機密|仅供|仅限|僅供|收件人)"
    r"|(?:免责|保密|免責)(?:声明|聲明|条款)"
    r")",
    re.IGNORECASE | re.DOTALL,
)
CLOSING_FOOTER = re.compile(
    r"^\s*(?:_{10,}|You received this message because|To unsubscribe|退订|取消订阅|Virus-free|未包含病毒|不含病毒)",
    re.IGNORECASE,
)
