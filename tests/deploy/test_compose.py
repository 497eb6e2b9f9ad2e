"""The compose file and the Dockerfile, as far as they can be checked without a Docker engine."""

import re
from pathlib import Path
from typing import Any

import yaml

from sourcier_core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")


def test_every_sourcier_variable_is_a_setting() -> None:
    known = {f"SOURCIER_{name.upper()}" for name in Settings.model_fields}
    texts = [(ROOT / name).read_text("utf-8") for name in ("docker-compose.yml", "deploy/environment.example")]
    used = {name for text in [*texts, DOCKERFILE] for name in re.findall(r"SOURCIER_[A-Z_]+", text)}
    assert used - known == set()


def test_images_are_pinned_and_telemetry_is_off() -> None:
    for name, service in SERVICES.items():
        tag = service["image"].rpartition(":")[2]
        assert re.search(r"\d", tag), f"{name} is not pinned"
        assert tag != "latest"
    assert SERVICES["qdrant"]["environment"]["QDRANT__TELEMETRY_DISABLED"] == "true"
    assert SERVICES["model-server-gpu"]["environment"]["VLLM_NO_USAGE_STATS"] == "1"
    assert SERVICES["api"]["environment"]["DO_NOT_TRACK"] == "1"


def test_only_the_api_is_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:8000:8000"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert all("inside" in service["networks"] for service in SERVICES.values())


def test_references_exist() -> None:
    networks, volumes = COMPOSE["networks"], COMPOSE["volumes"]
    for service in SERVICES.values():
        assert set(service["networks"]) <= networks.keys()
        assert set(service.get("depends_on", {})) <= SERVICES.keys()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in volumes or source.startswith((".", "/", "$"))
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()


def test_the_dockerfile_copies_what_exists_and_drops_root() -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE):
        words = line.split()
        if words[0].startswith("--from="):
            assert words[0].removeprefix("--from=") in stages
            continue
        for source in words[:-1]:
            assert (ROOT / source).exists(), source
    assert "latest" not in DOCKERFILE
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert users[-1:] == ["sourcier"]
    assert DOCKERFILE.index("USER sourcier") < DOCKERFILE.index("CMD")
