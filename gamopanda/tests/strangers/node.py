"""The npm packages that tests run, installed by `make strangers`."""

from pathlib import Path

NODE_FOLDER = Path(__file__).parent / "node"

# The server of the tests listens on 127.0.0.1; Node 18 would look for localhost at ::1 and nowhere else.
NODE = ["node", "--dns-result-order=ipv4first"]


def linked_modules(folder: Path) -> None:
    """Let scripts in a folder import the installed packages."""
    modules = NODE_FOLDER / "node_modules"
    assert modules.is_dir(), "The npm packages are not installed: run make strangers."
    (folder / "node_modules").symlink_to(modules)
