"""The npm packages that tests run, installed by `make strangers`."""

from pathlib import Path

NODE_FOLDER = Path(__file__).parent / "node"


def linked_modules(folder: Path) -> None:
    """Let scripts in a folder import the installed packages."""
    modules = NODE_FOLDER / "node_modules"
    assert modules.is_dir(), "The npm packages are not installed: run make strangers."
    (folder / "node_modules").symlink_to(modules)
