"""The files for production: complete, without a secret of their own, in step with the supervisor's plan."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from helpdesk.embedded import plan
from helpdesk.embedded.paths import REPO_ROOT


def compose() -> dict[str, dict[str, object]]:
    return yaml.safe_load((REPO_ROOT / "docker-compose.yml").read_text())


@pytest.mark.req("K8", "stateless web processes")
def test_every_process_of_the_plan_is_a_service() -> None:
    services = compose()["services"]
    assert {"web", "worker", "timers", "beat", "dispatcher", "mail", "postgres", "valkey", "proxy", "release"} == set(
        services
    )
    for spec in plan.processes(Path("/data")):
        service = services[spec.name.partition(".")[0]]
        command = " ".join(str(part) for part in service["command"])
        if spec.target == "manage":
            assert command == f"python manage.py {' '.join(spec.arguments)}"
        for argument in spec.arguments:
            if argument.startswith("--queues"):
                assert argument in command


@pytest.mark.req("K8", "stateless web processes")
def test_no_secret_has_a_default() -> None:
    text = (REPO_ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        uses = re.findall(rf"\$\{{{name}(?![A-Z_])([^}}]*)\}}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses), name
        assert re.search(rf"^{name}=$", (REPO_ROOT / ".env.example").read_text(), re.MULTILINE)


@pytest.mark.req("K8", "stateless web processes")
def test_every_setting_of_the_compose_file_is_explained() -> None:
    text = (REPO_ROOT / "docker-compose.yml").read_text()
    explained = (REPO_ROOT / ".env.example").read_text() + (REPO_ROOT / "docs/operator/deploying.md").read_text()
    for name in sorted(set(re.findall(r"\$\{([A-Z_]+)", text)) - {"IMAGE"}):
        assert name in explained, name


@pytest.mark.req("K8", "stateless web processes")
def test_every_setting_of_the_product_is_explained() -> None:
    source = (REPO_ROOT / "helpdesk" / "settings.py").read_text()
    explained = (REPO_ROOT / "docs" / "operator" / "settings.md").read_text()
    names = set(re.findall(r"""env\.\w+\(\s*["']([A-Z_]+)["']""", source))
    assert len(names) > 30
    assert sorted(name for name in names if f"`{name}`" not in explained) == []


@pytest.mark.req("K8", "stateless web processes")
def test_the_image_runs_as_an_ordinary_user() -> None:
    lines = (REPO_ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["helpdesk"]


@pytest.mark.req("K8", "stateless web processes")
@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_name_hashes_and_no_index(lock: str) -> None:
    text = (REPO_ROOT / lock).read_text()
    assert "--hash=sha256:" in text
    assert not re.search(r"https?://|--index|--find-links|--extra-index", text)


@pytest.mark.req("K8", "one command")
def test_the_development_lock_holds_the_run_time_lock() -> None:
    pins = [
        set(re.findall(r"^[a-z0-9][^ ]*==[^ ]+", (REPO_ROOT / lock).read_text(), re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]
    assert len(pins[0]) > 50
    assert pins[0] <= pins[1]


@pytest.mark.req("K8", "stateless web processes")
def test_settings_without_a_secret_key_stop_the_start() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"],
        cwd=REPO_ROOT,
        env={"PATH": "/usr/bin:/bin", "DATA_DIR": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr
