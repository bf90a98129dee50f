"""The English stories: kind, team, subject, lines, tags, product categories that they fit (empty: any)."""

Story = tuple[str, str, str, tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]

ENGLISH: tuple[Story, ...] = (
    (
        "repair",
        "after-sales",
        "{product} stops with E21, water on the floor",
        (
            (
                "c",
                "Hello,\n\nthe {product} stopped halfway with E21. There is water on the floor and my son's school uniform is locked inside. Order {order}.\n\nCan someone come this week?\n{name}",
            ),
            (
                "a",
                "Dear {name},\n\nI am sorry about this. Please switch the machine off at the wall and turn off the tap. The door opens about two minutes later.\n\nE21 means that the water did not drain in time. Your machine is in warranty, so the visit and the pump are free.\n\nIs there a time that suits you on Thursday or Friday?",
            ),
            ("c", "The door is open now, thank you. I am home after 16:00 on Thursday. The serial number is {serial}."),
            ("n", "Same lot as two other E21 cases this week. Send the engineer with a pump, not only a filter."),
            (
                "a",
                "Thank you. An engineer will be with you on Thursday between 16:30 and 18:30 and calls half an hour before. He brings the pump.\n\nKind regards",
            ),
            ("c", "He came and it runs again. Very friendly. Thanks!"),
        ),
        ("fault", "visit"),
        ("washer", "dishwasher"),
    ),
    (
        "logistics",
        "logistics",
        "Where is my order {order}?",
        (
            (
                "c",
                'Hi, my order {order} should have arrived on Monday. The tracking page has said "scanned in Suzhou" for four days. Where is it?',
            ),
            (
                "a",
                "Hello {name},\n\nthe parcel missed its connection in Suzhou because the label was damaged. The carrier printed a new one this morning; delivery is planned for tomorrow before 18:00.\n\nWould you like us to leave it with a neighbour if you are out?",
            ),
            ("c", "Tomorrow is fine, I am at home."),
        ),
        ("logistics", "delay"),
        (),
    ),
    (
        "return",
        "online-shop",
        "Fridge door dented on delivery, I want an exchange",
        (
            (
                "c",
                "The {product} was delivered today. The driver was in a hurry, and when I took off the foil the left door had a dent. Three photos attached. I would like another one, not a discount.\n\nOrder {order}",
            ),
            (
                "a",
                "Dear {name},\n\nthank you for the photos. That should not have happened, and of course you get another one. We collect the damaged {product} when we bring the new one, so you are never without a fridge.\n\nThe next free delivery is Saturday morning. Does that suit you?",
            ),
            ("c", "Saturday morning is perfect. Please tell them to be careful with the lift."),
            ("n", "Carrier claim opened, photos forwarded. Third dent from the same driver this month."),
        ),
        ("exchange", "damage", "photos"),
        ("fridge", "television", "dishwasher"),
    ),
    (
        "enquiry",
        "support",
        "Does the {product} fit under a 60 cm worktop?",
        (
            (
                "c",
                "We are planning a new kitchen. Does the {product} fit under a worktop that is 60 cm deep and 82 cm high? And is the hose long enough for 1.5 m?",
            ),
            (
                "a",
                "Hello {name},\n\nyes: it is 59.8 cm deep with the door closed and 81.5 cm high without its lid. The hose is 1.6 m; a 3 m one is available.\n\nThe drawing with all measures is attached.",
            ),
            ("c", "Great, that answers it. I will order this weekend."),
        ),
        ("pre-sales",),
        ("washer", "dryer", "dishwasher"),
    ),
    (
        "return",
        "online-shop",
        "Refund for returned kettle not received",
        (
            (
                "c",
                'I sent the {product} back twelve days ago (order {order}). Your site says "received", but I have no refund. This is the second time I write!',
            ),
            ("n", "Warehouse has it since the 9th, inspection was never booked. Finance can pay today if we confirm."),
            (
                "a",
                "Dear {name},\n\nyou are right, and I apologise: your parcel arrived, but its check was not booked, so the refund did not start. I have started it by hand today. It is on your account within two working days.\n\nFor the trouble we have added 300 points to your account.",
            ),
            ("c", "Received, thank you for sorting it out."),
        ),
        ("refund",),
        ("kettle", "vacuum", "cooker", "purifier"),
    ),
    (
        "technical",
        "technical",
        "{product} does not connect to Wi-Fi after the update",
        (
            (
                "c",
                "Since the update last night the {product} no longer finds my Wi-Fi. I restarted the router twice. All other devices work.",
            ),
            (
                "a",
                'Hello {name},\n\nthe update turned off networks that only offer WPA. Please set the router to "WPA2" or "WPA2/WPA3", then hold the Wi-Fi key for five seconds until the light blinks.\n\nDoes it connect then?',
            ),
            ("c", "WPA2 was the trick. Works again."),
        ),
        ("wifi", "how-to"),
        ("air conditioner", "television", "purifier", "vacuum"),
    ),
    (
        "complaint",
        "support",
        "Engineer did not come, nobody called",
        (
            (
                "c",
                "I took a day off for your engineer (repair of {product}, order {order}). Nobody came, nobody called, and on the phone I waited 25 minutes. I expect an explanation and a new date this week. Otherwise I go to the consumer association.",
            ),
            (
                "n",
                "Route was cancelled because the van broke down; nobody told the customers on it. Four others affected.",
            ),
            (
                "a",
                "Dear {name},\n\nI am the person who looks after your complaint from now on. Our van broke down, and we failed to tell you. That cost you a day, and I am sorry.\n\nThe engineer comes tomorrow at 9:00, first visit of the day; his name is Wang Jianguo. We also credit you 200 yuan. May I call you tomorrow at noon to hear whether it is repaired?",
            ),
            ("c", "Thank you for the clear words. Tomorrow at 9 is all right. Yes, please call."),
        ),
        ("complaint", "visit"),
        (),
    ),
    (
        "logistics",
        "logistics",
        "Please deliver to another address",
        (
            ("c", "I moved last week. Can order {order} go to my new address? 88 Longhua Road, flat 502, Shanghai."),
            (
                "a",
                "Hello {name},\n\nthe parcel has not left us yet, so I have changed the address. It arrives on Wednesday between 10:00 and 12:00.",
            ),
        ),
        ("address",),
        (),
    ),
    (
        "technical",
        "support",
        "How do I clean the filter of the {product}?",
        (
            ("c", "Hello, how often should I clean the filter and how do I get it out? I do not want to break it."),
            (
                "a",
                "Hello {name},\n\nonce a month: open the flap at the bottom right, put a cloth under it, turn the filter anticlockwise and pull. Rinse it with warm water, no soap. Page 14 of the manual shows it in pictures; I attach it.",
            ),
            ("c", "Done. It was full of hair pins. Thanks."),
        ),
        ("how-to",),
        ("washer", "dishwasher", "vacuum", "purifier", "dryer"),
    ),
    (
        "account",
        "support",
        "Somebody signed in to my account",
        (
            (
                "c",
                "I got a message that somebody signed in to my account from Chengdu at 3 a.m. I live in Hangzhou. Please lock it!",
            ),
            (
                "a",
                "Hello {name},\n\nI have locked the account and ended all sessions. Nothing was ordered and no address was changed. Please set a new password by the link that I sent to your phone number; it works for 30 minutes.",
            ),
            ("c", "New password is set. Thank you for the quick help."),
        ),
        ("account", "urgent"),
        (),
    ),
    (
        "enquiry",
        "online-shop",
        "Is the autumn discount also valid for the {product}?",
        (
            ("c", "Your newsletter says 15 % off. Is the {product} included? And can I use my points on top?"),
            (
                "a",
                "Hello {name},\n\nyes, until Sunday. Points can be used for up to half of the price; you have enough for 120 yuan.",
            ),
        ),
        ("pre-sales", "coupon"),
        (),
    ),
    (
        "repair",
        "technical",
        "Gas smell near the water heater",
        (
            (
                "c",
                "There is a smell of gas near our {product}. We closed the valve and went outside. What should we do?",
            ),
            (
                "a",
                "Dear {name},\n\nyou did the right thing. Please stay outside, use no switches, and call the gas emergency service at once if you have not yet. Our engineer is on the way and arrives within the hour; he calls you from the car.\n\nPlease do not go back in before he says so.",
            ),
            ("n", "Dispatched Wang Jianguo, 34 min. Kept the customer on the phone until the gas company was there."),
            (
                "c",
                "The gas company was here, a seal at the valve. Your engineer has replaced it and measured everything. We are back inside. Thank you.",
            ),
        ),
        ("safety", "urgent"),
        ("water heater",),
    ),
    (
        "other",
        "online-shop",
        "Change the invoice title to our company name",
        (
            (
                "c",
                'Please change the title of the invoice for {order} to "Beacon Design Studio Ltd". Tax number follows.',
            ),
            (
                "a",
                "Hello {name},\n\ngladly. Please send us the tax number and the e-mail address for the new invoice; we cancel the old one then.",
            ),
        ),
        ("invoice",),
        (),
    ),
    (
        "logistics",
        "after-sales",
        "Move the installation of my {product} to Saturday",
        (
            ("c", "The installation is planned for Thursday. Could it be Saturday instead? I have to work."),
            (
                "a",
                "Hello {name},\n\nSaturday 10:00 to 12:00 is free and now yours. The appointment on Thursday is cancelled.",
            ),
            ("c", "Perfect."),
        ),
        ("installation",),
        ("air conditioner", "hood", "dishwasher", "water heater", "television"),
    ),
    (
        "return",
        "after-sales",
        "Screws missing from the {product} kit",
        (
            (
                "c",
                "I wanted to mount the {product} today, but the bag with the four long screws is missing. Order {order}.",
            ),
            ("n", "Warehouse checks the lot. Send the bag by express in the meantime."),
            (
                "a",
                "Hello {name},\n\nthe screws leave today by express and arrive tomorrow. I am sorry for the lost Sunday.",
            ),
        ),
        ("parts", "missing"),
        ("hood", "dishwasher", "television"),
    ),
    (
        "enquiry",
        "support",
        "Extended warranty: what does it cover?",
        (
            (
                "c",
                "I bought a {product} in March. Can I still get the extended warranty, and does it cover the compressor?",
            ),
            (
                "a",
                "Hello {name},\n\nwithin twelve months of the purchase, yes. It adds three years and covers parts, labour and the visit, the compressor included; damage from wrong voltage is not covered.\n\nShall I send you the offer?",
            ),
            ("c", "Yes please."),
        ),
        ("warranty", "pre-sales"),
        (),
    ),
    (
        "complaint",
        "online-shop",
        "Price dropped the day after I bought",
        (
            (
                "c",
                "I paid full price for the {product} on Friday, on Saturday it was 300 yuan cheaper. That is not fair. Order {order}.",
            ),
            (
                "a",
                "Dear {name},\n\nwe protect your price for 15 days, so you get the difference of 300 yuan back to the account you paid with. It takes up to three working days. Thank you for telling us.",
            ),
            ("c", "That is very fair. Thanks!"),
        ),
        ("price-protection",),
        (),
    ),
    (
        "technical",
        "technical",
        "Range hood vibrates at level 3",
        (
            (
                "c",
                "The {product} makes a humming noise and shakes on level 3, 1 and 2 are fine. It is three months old. I can send a video.",
            ),
            (
                "a",
                "Hello {name},\n\nthank you. A video would help: please hold the phone close to the left side for ten seconds. Also check whether both grease filters click in.",
            ),
        ),
        ("fault", "noise"),
        ("hood", "purifier", "fridge", "air conditioner"),
    ),
)
