"""What the Dockerfile does, without a container engine: its steps are run in an empty folder that stands for `/`."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gamopanda.conf.environment import BASE_DIR

# What the image keeps its files in: elsewhere a step may write nothing.
OWN_FOLDERS = ("/srv/gamopanda", "/var/lib/gamopanda")


def instructions(path: Path) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with what follows them, each in one line."""
    text = re.sub(r"^#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    lines = (line.strip().split(maxsplit=1) for line in text.splitlines() if line.strip())
    return [(name.upper(), rest) for name, rest in lines]


def left_out() -> list[str]:
    """Return which names no folder of the image has, by .dockerignore."""
    lines = (BASE_DIR / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("**/") for line in lines if line.startswith("**/")]


@dataclass
class Container:
    """The image, with what its instructions have set."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"], "PIP_QUIET": "1"})
    folder: str = "/"
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def build(self) -> None:
        """Follow the Dockerfile; what its second stage copies from the first one lies there already."""
        for folder in OWN_FOLDERS:
            self.inside(folder).mkdir(parents=True)
        for name, rest in instructions(BASE_DIR / "Dockerfile"):
            match name:
                case "WORKDIR":
                    self.folder = rest
                case "ENV":
                    self.set(rest)
                case "COPY" if not rest.startswith("--from="):
                    self.copy(*rest.split())
                case "RUN":
                    subprocess.run(["sh", "-ec", self.moved(rest)], check=True, **self.surroundings())
                case "CMD":
                    self.command = json.loads(rest)
                case "HEALTHCHECK":
                    self.health = json.loads(rest.partition("CMD ")[2])

    def inside(self, path: str) -> Path:
        """Return where a path of the image is."""
        return self.root / (Path(self.folder) / path).relative_to("/")

    def moved(self, text: str) -> str:
        """Return a text in which the image's own folders are where they are here."""
        return re.sub(rf"(?<![\w/])({'|'.join(OWN_FOLDERS)})\b", rf"{self.root}\1", text)

    def set(self, assignments: str) -> None:
        """Set variables."""
        for assignment in assignments.split():
            name, _, value = assignment.partition("=")
            self.environment[name] = self.moved(value).replace("$PATH", self.environment["PATH"])

    def copy(self, *paths: str) -> None:
        """Copy files, and what is in folders, from the repository."""
        *sources, target = paths
        for source in sources:
            if (BASE_DIR / source).is_dir():
                shutil.copytree(BASE_DIR / source, self.inside(target), ignore=shutil.ignore_patterns(*left_out()))
            else:
                shutil.copy(BASE_DIR / source, self.inside(target))

    def surroundings(self, **more: str) -> dict[str, Any]:
        """Return where a command runs, and with which variables."""
        return {"cwd": self.inside("."), "env": {**self.environment, **more}}
