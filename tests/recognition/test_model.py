"""The trained model: it follows a message in a worker, fills in what nobody has said, and is no oracle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from helpdesk.core.actors import SYSTEM
from helpdesk.core.dispatcher import run_once
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.jobs import work_job
from helpdesk.core.models import Event, Job
from tests.factories import actor, make_arrival, make_staff, make_ticket
from tests.recognition.conftest import House, SignIn
from tickets.intake.services import receive
from tickets.models import Grade, Kind, Priority, Ticket, Tone
from tickets.routing.recognition import training, using
from tickets.routing.recognition.consuming import read_after
from tickets.routing.recognition.model import Model, Unreadable, dump, load
from tickets.routing.recognition.models import (
    KindLabel,
    ModelState,
    Recognition,
    RecognitionSetting,
    Source,
    TrainedModel,
)
from tickets.routing.recognition.services.models import (
    activate_model,
    change_setting,
    desk_examples,
    read_unread,
    settings_row,
    start_training,
    train_if_due,
)
from tickets.routing.recognition.services.recognising import correct_ticket
from tickets.routing.recognition.starting import Example
from tickets.services.properties import edit_ticket

CONSUMERS = {"recognition": read_after}


@pytest.fixture
def model(house: House, starter: training.Trained) -> Iterator[TrainedModel]:
    """The starter model in use."""
    weights, digest = dump(starter.model)
    row = TrainedModel.objects.create(number=1, weights=weights, sha256=digest, metrics=starter.metrics)
    setting = settings_row()
    setting.active = row
    setting.save()
    yield row
    using._loaded.clear()
    using._unreadable.clear()


def work() -> int:
    """Number the events, feed them to recognition, and work its jobs as a worker does."""
    run_once(CONSUMERS)
    done = 0
    for job in Job.objects.filter(kind="recognition.read", state="ready").order_by("pk"):
        work_job(job)
        Job.objects.filter(pk=job.pk).update(state="done")
        done += 1
    return done


@pytest.mark.django_db
class TestFollowing:
    """What the model makes of an arriving ticket."""

    @pytest.mark.req("B2", "classifier")
    def test_a_clear_message_gets_its_kind_grade_and_clock_from_the_model(self, house: House, model: Any) -> None:
        ticket = make_ticket(
            account=house.support,
            subject="Cannot log in",
            text="My account is locked and the password reset code never arrives, I can't log in.",
        )
        assert ticket.kind == Kind.OTHER
        assert work() == 1
        ticket.refresh_from_db()
        assert (ticket.kind, ticket.grade, ticket.priority) == (Kind.ACCOUNT, Grade.URGENT, Priority.URGENT)
        known = Recognition.objects.get(ticket=ticket)
        assert known.kind_source == Source.MODEL
        assert known.confidence is not None
        assert known.confidence > 0.6
        assert known.model_number == 1
        event = Event.objects.get(name="ticket.recognised")
        assert event.data["kind"] == "account"
        assert "password" not in str(event.data)

    @pytest.mark.req("B2", "classifier")
    def test_chinese_is_recognised_as_well(self, house: House, model: Any) -> None:
        ticket = make_ticket(
            account=house.support, subject="退货", text="鞋子尺码小了，想退货退款，怎么申请", language="zh-hans"
        )
        work()
        ticket.refresh_from_db()
        assert ticket.kind == Kind.RETURN

    def test_each_message_is_counted_once_however_often_the_job_runs(self, house: House, model: Any) -> None:
        ticket = make_ticket(account=house.support, text="where is my parcel, tracking has not moved")
        work()
        version = Ticket.objects.get(pk=ticket.pk).row_version
        for job in Job.objects.filter(kind="recognition.read"):
            work_job(job)
        assert Ticket.objects.get(pk=ticket.pk).row_version == version
        assert Event.objects.filter(name="ticket.recognised").count() == 1

    @pytest.mark.req("B2", "triage")
    def test_below_the_threshold_the_ticket_waits_for_a_person(self, house: House, model: Any) -> None:
        RecognitionSetting.objects.update(threshold="0.97")
        ticket = make_ticket(account=house.support, subject="hello", text="hello are you there")
        work()
        RecognitionSetting.objects.update(threshold="0.50")
        ticket.refresh_from_db()
        known = Recognition.objects.get(ticket=ticket)
        assert known.needs_triage
        assert len(known.guesses) == 3
        assert ticket.kind == Kind.OTHER
        # the customer says more, and the model is sure then
        receive(
            make_arrival(house.support, text="My parcel has not arrived, where is my delivery? The courier tracking is stuck",
                         subject="Re: hello", rfc_message_id="m2@c.example", thread=_thread(ticket)),
            by=SYSTEM,
        )  # fmt: skip
        work()
        known.refresh_from_db()
        assert not known.needs_triage
        assert Ticket.objects.get(pk=ticket.pk).kind == Kind.LOGISTICS

    @pytest.mark.req("B2", "rules")
    def test_neither_a_rules_nor_a_persons_nor_the_forms_choice_is_overridden(self, house: House, model: Any) -> None:
        parcel = "where is my parcel, the courier has not delivered, tracking is stuck"
        given = make_ticket(account=house.support, text=parcel, kind="repair", address="a@c.example")
        by_rule = make_ticket(
            account=house.support, text=f"my account has been hacked, {parcel}", address="b@c.example"
        )
        by_person = make_ticket(account=house.support, text=parcel, address="d@c.example")
        edit_ticket(by_person.pk, by=actor(house.agent), kind="complaint", priority="low")
        work()
        kinds = {ticket.pk: Ticket.objects.get(pk=ticket.pk) for ticket in (given, by_rule, by_person)}
        assert kinds[given.pk].kind == Kind.REPAIR
        assert kinds[by_rule.pk].kind == Kind.ACCOUNT
        assert (kinds[by_person.pk].kind, kinds[by_person.pk].priority) == (Kind.COMPLAINT, Priority.LOW)

    @pytest.mark.req("B3", "tone")
    @pytest.mark.parametrize(
        ("text", "tone"),
        [
            ("Worst service ever, this is disgusting garbage, I am furious!!!", Tone.ANGER),
            ("If you do not refund me I will report you to consumer protection and sue you.", Tone.THREAT),
            ("Cancel my membership, I am switching to another provider and never coming back.", Tone.CHURN),
            ("气死我了，什么垃圾东西，太恶心了！！", Tone.ANGER),
            ("以后再也不买了，换别家，会员也退了", Tone.CHURN),
            ("Could you tell me when my parcel arrives please?", Tone.CALM),
        ],
    )
    def test_tone_is_flagged_on_the_ticket(self, house: House, model: Any, text: str, tone: str) -> None:
        ticket = make_ticket(account=house.support, subject="", text=text)
        work()
        assert Ticket.objects.get(pk=ticket.pk).tone == tone

    def test_a_calm_second_message_does_not_undo_a_threat(self, house: House, model: Any) -> None:
        ticket = make_ticket(account=house.support, text="I will sue you and report you to the ombudsman")
        work()
        receive(
            make_arrival(house.support, text="Thank you, great help, all fine now", thread=_thread(ticket)), by=SYSTEM
        )
        work()
        assert Ticket.objects.get(pk=ticket.pk).tone == Tone.THREAT

    def test_a_ticket_that_arrived_before_the_first_model_is_read_when_there_is_one(self, house: House) -> None:
        ticket = make_ticket(account=house.support, text="My account is locked, the password reset code never arrives")
        work()
        assert Recognition.objects.get(ticket=ticket).message_id is None
        assert read_unread() == 0

    def test_spam_is_not_read(self, house: House, model: Any) -> None:
        ticket = make_ticket(account=house.support, text="hello", spam_reason="looks like it")
        work()
        assert not Recognition.objects.get(ticket=ticket).needs_triage


def _thread(ticket: Ticket) -> Any:
    from tickets.intake.arrival import Thread

    return Thread(ticket_ids=[ticket.pk])


@pytest.mark.django_db
class TestPeople:
    """What people say counts, and is learned from."""

    @pytest.mark.req("B2", "triage")
    def test_a_correction_is_kept_and_trains_the_next_model(self, house: House, model: Any) -> None:
        ticket = make_ticket(account=house.support, subject="hello", text="hello are you there")
        work()
        correct_ticket(ticket.pk, kind="technical", by=actor(house.agent))
        known = Recognition.objects.get(ticket=ticket)
        assert (known.kind_source, known.needs_triage) == (Source.PERSON, False)
        label = KindLabel.objects.get(ticket=ticket)
        assert (label.kind, label.source, label.staff_id) == ("technical", "corrected", house.agent.pk)
        assert Event.objects.filter(name="ticket.kind_corrected", actor_id=house.agent.pk).count() == 1
        examples = desk_examples()
        assert [(example.kind, example.source) for example in examples] == [("technical", "corrected")]
        assert "hello are you there" in examples[0].text

    def test_a_kind_edited_by_any_door_is_a_correction_too(self, house: House, model: Any) -> None:
        ticket = make_ticket(account=house.support, text="where is my parcel")
        edit_ticket(ticket.pk, by=actor(house.agent), kind="complaint")
        assert KindLabel.objects.get(ticket=ticket).kind == "complaint"
        assert Ticket.objects.get(pk=ticket.pk).grade == Grade.COMPLEX

    def test_confirming_a_guess_is_kept_as_confirmed(self, house: House, model: Any) -> None:
        ticket = make_ticket(account=house.support, text="where is my parcel, tracking has not moved")
        work()
        kind = Ticket.objects.get(pk=ticket.pk).kind
        correct_ticket(ticket.pk, kind=kind, by=actor(house.agent))
        assert KindLabel.objects.get(ticket=ticket).source == "confirmed"

    @pytest.mark.req("B3", "tone")
    def test_a_person_may_say_how_the_customer_sounds(self, house: House, model: Any) -> None:
        ticket = make_ticket(account=house.support, text="worst garbage ever, furious!!!")
        work()
        correct_ticket(ticket.pk, tone="calm", by=actor(house.agent))
        assert Ticket.objects.get(pk=ticket.pk).tone == Tone.CALM
        receive(make_arrival(house.support, text="I am furious, terrible!!", thread=_thread(ticket)), by=SYSTEM)
        work()
        assert Ticket.objects.get(pk=ticket.pk).tone == Tone.CALM

    def test_nonsense_is_refused_and_strangers_find_nothing(self, house: House) -> None:
        from helpdesk.core.errors import NotFound

        ticket = make_ticket(account=house.support)
        for values in ({"kind": "nonsense"}, {"tone": "loud"}, {}):
            with pytest.raises(Invalid):
                correct_ticket(ticket.pk, by=actor(house.agent), **values)
        with pytest.raises(NotFound):
            correct_ticket(ticket.pk, kind="repair", by=actor(house.outsider))


def _few(kinds: dict[str, int]) -> list[Example]:
    return [
        Example(f"{kind} text number {nth} about {kind}", kind, "calm")
        for kind, many in kinds.items()
        for nth in range(many)
    ]


class TestTraining:
    """Training refuses what cannot help, and its figures are honest."""

    @pytest.mark.req("B2", "classifier")
    def test_one_kind_alone_is_refused_with_words(self) -> None:
        with pytest.raises(training.TrainingRefused, match="at least two kinds"):
            training.train(_few({"repair": 50}))

    def test_too_few_texts_of_a_kind_are_refused_with_words(self) -> None:
        with pytest.raises(training.TrainingRefused, match="return \\(3\\)"):
            training.train(_few({"repair": 50, "return": 3}))

    def test_figures_are_cross_validated_and_the_model_reads_the_same_after_storing(
        self, starter: training.Trained
    ) -> None:
        figures = starter.metrics["kind"]
        assert sum(map(sum, figures["confusion"])) == figures["texts"]
        assert 0.5 < figures["macro_f1"] < 1
        assert figures["curve"][0]["coverage"] == 1
        assert figures["calibration_error"] < 0.12
        data, digest = dump(starter.model)
        again = load(data, digest, number=3)
        text = "我的快递三天没动了，帮我催一下"
        assert again.read(text).best("kind")[0] == starter.model.read(text).best("kind")[0] == "logistics"

    def test_no_word_of_any_text_lies_in_a_model(self, starter: training.Trained) -> None:
        data, _digest = dump(starter.model)
        with np.load(__import__("io").BytesIO(data), allow_pickle=False) as arrays:
            assert {arrays[name].dtype.kind for name in arrays.files} <= {"f", "i", "u"}

    @pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 nothing", b"\x80\x04pickle"])
    def test_damaged_weights_are_called_unreadable(self, damage: bytes) -> None:
        import hashlib

        with pytest.raises(Unreadable):
            load(damage, hashlib.sha256(damage).hexdigest())
        with pytest.raises(Unreadable):
            load(b"x", "0" * 64)

    def test_an_empty_text_and_a_strange_one_are_read(self, starter: training.Trained) -> None:
        for text in ("", " ", "🤷", "\u202e", "a" * 100_000, "１２３", "ﷺ" * 500):
            assert abs(sum(share for _name, share in starter.model.read(text).heads["kind"]) - 1) < 0.01

    def test_a_model_without_terms_still_answers(self) -> None:
        from tickets.routing.recognition.model import Head

        empty = Model(np.zeros(0, np.int32), np.zeros(0, np.float32), {
            "kind": Head(("a", "b"), np.zeros((2, 0), np.float32), np.zeros(2, np.float32))})  # fmt: skip
        assert empty.read("anything").best("kind")[1] == 0.5


@pytest.mark.django_db
class TestVersions:
    """Versions are trained in the background, chosen, and rolled back."""

    @pytest.mark.req("B2", "classifier")
    def test_training_makes_a_version_with_figures_and_uses_it(
        self, house: House, starter: training.Trained, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(training, "train", lambda examples, progress: starter)
        assert train_if_due() == 1
        assert train_if_due() == 0
        work_job(Job.objects.get(kind="recognition.train"))
        row = TrainedModel.objects.get()
        assert (row.number, row.state, settings_row().active_id) == (1, ModelState.READY, row.pk)
        assert row.sources["starter"] > 800
        assert Event.objects.filter(name="model.trained").exists()

    def test_a_refused_training_is_shown_and_the_old_version_stays(self, house: House, model: TrainedModel,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
        def refuse(*_args: Any, **_named: Any) -> None:
            raise training.TrainingRefused("All texts are of one kind.")

        monkeypatch.setattr(training, "train", refuse)
        start_training(by=actor(house.supervisor))
        with pytest.raises(Invalid):
            start_training(by=actor(house.supervisor))
        work_job(Job.objects.get(kind="recognition.train"))
        assert TrainedModel.objects.get(number=2).state == ModelState.REFUSED
        assert settings_row().active_id == model.pk
        with pytest.raises(Invalid):
            activate_model(2, by=actor(house.supervisor))

    def test_a_corrupted_model_leaves_recognition_to_the_rules(self, house: House, model: TrainedModel) -> None:
        TrainedModel.objects.filter(pk=model.pk).update(weights=b"broken")
        using._loaded.clear()
        ticket = make_ticket(account=house.support, text="my account has been hacked")
        work()
        ticket.refresh_from_db()
        assert ticket.kind == Kind.ACCOUNT
        model.refresh_from_db()
        assert model.state == ModelState.BROKEN

    @pytest.mark.req("B2", "triage")
    def test_what_no_rule_knows_waits_for_people_and_administrators_are_told(
        self, house: House, model: TrainedModel, as_staff: SignIn
    ) -> None:
        weights = bytes(model.weights)
        TrainedModel.objects.filter(pk=model.pk).update(weights=weights[:-100])
        using._loaded.clear()
        boss = as_staff(make_staff(role="administrator"))
        assert "cannot be read" not in boss.get("/work/").content.decode()
        unclear = make_ticket(
            account=house.support, text="Hello, one more thing about yesterday, as said on the phone."
        )
        known = make_ticket(account=house.support, text="my account has been hacked")
        work()
        assert Recognition.objects.get(ticket=unclear).needs_triage
        assert not Recognition.objects.get(ticket=known).needs_triage
        assert unclear.number in as_staff(house.agent).get("/triage/").content.decode()
        assert (
            "Model 1 cannot be read" in as_staff(house.supervisor).get("/settings/recognition/model/").content.decode()
        )
        assert "Recognition model 1 cannot be read" in boss.get("/work/").content.decode()
        ready = Client().get("/readyz").json()
        assert ready["weak"] == ["recognition"]
        assert not any("recognition" in name for name in ready["failing"])
        # another version takes over, and reads what was left to people
        TrainedModel.objects.create(number=2, weights=weights, sha256=model.sha256)
        activate_model(2, by=actor(house.supervisor))
        Recognition.objects.update(created_at=timezone.now() - timedelta(minutes=5))
        assert read_unread() >= 1
        work()
        read = Recognition.objects.get(ticket=unclear)
        assert read.message_id is not None
        assert read.confidence is not None
        assert Client().get("/readyz").json()["weak"] == []

    def test_another_version_takes_over_at_once_in_running_workers(self, house: House, model: TrainedModel) -> None:
        other = TrainedModel.objects.create(number=2, weights=bytes(model.weights), sha256=model.sha256)
        using.in_use()
        activate_model(2, by=actor(house.supervisor))
        use = using.in_use()
        assert use.model is not None
        assert use.model.number == 2
        activate_model(1, by=actor(house.supervisor))
        assert settings_row().active_id == model.pk != other.pk

    def test_thresholds_are_shares_and_only_set_by_those_who_may(self, house: House) -> None:
        values: dict[str, Any] = {"tone_threshold": "0.5", "trains_weekly": True, "activates_itself": True}
        for wrong in ("2", "-1", "x", "NaN", ""):
            with pytest.raises(Invalid):
                change_setting(by=actor(house.supervisor), threshold=wrong, **values)
        with pytest.raises(Forbidden):
            change_setting(by=actor(house.agent), threshold="0.7", **values)
        change_setting(by=actor(house.supervisor), threshold="0.7", **values)
        assert str(RecognitionSetting.objects.get().threshold) == "0.70"
