"""Which changes there are to the code: mutmut makes them, one at a time."""

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType

import libcst as cst
from mutmut.configuration import config
from mutmut.mutation.file_mutation import Mutation, create_mutations

from gamopanda.conf.environment import BASE_DIR

EQUIVALENTS = Path(__file__).parent / "equivalents.toml"


@dataclass(frozen=True)
class Equivalent:
    """A change that makes no difference, and why."""

    path: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Mutant:
    """A file with one change."""

    path: str
    module: cst.Module
    decorators: "Decorators"
    mutation: Mutation
    function: str

    @property
    def file(self) -> Path:
        """Where it stands."""
        return BASE_DIR / self.path

    @cached_property
    def source(self) -> str:
        """The whole file, changed."""
        changed = self.module.deep_replace(self.mutation.original_node, self.mutation.mutated_node)
        assert isinstance(changed, cst.Module)
        return self.decorators.put_back(changed).code

    @cached_property
    def codes(self) -> dict[tuple[str, int], CodeType]:
        """What the change compiles to: the code of its functions, by the name and the first line of the present one."""
        before = functions_in(compile(self.file.read_text(), self.file, "exec"))
        after = functions_in(compile(self.source, self.file, "exec"))
        changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
        return {(old.co_qualname, old.co_firstlineno): new for old, new in changed}

    @cached_property
    def diff(self) -> str:
        """The change as git applies it."""
        before = self.file.read_text().splitlines(keepends=True)
        after = self.source.splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, f"a/{self.path}", f"b/{self.path}"))

    def lines(self, sign: str) -> str:
        """Return the lines that the change takes away (`-`) or puts there (`+`), joined to one."""
        found = self.diff.splitlines()[2:]
        return " ".join(line[1:].strip() for line in found if line.startswith(sign))

    def reason_of(self, equivalents: list[Equivalent]) -> str | None:
        """Return why the change makes no difference when it is listed as one of these; None when it is not."""
        listed = [one for one in equivalents if one.path == self.path]
        found = [one.why for one in listed if (one.before, one.after) == (self.lines("-"), self.lines("+"))]
        return found[0] if found else None


class Decorators:
    """The decorators of a file's functions: taken off meanwhile, as mutmut leaves a function with one alone."""

    def __init__(self) -> None:
        self.taken: list[tuple[cst.Decorator, ...]] = []

    def take_off(self, module: cst.Module) -> cst.Module:
        """Return the file without them."""
        return module.visit(_Decorating(self.taken, takes_off=True))

    def put_back(self, module: cst.Module) -> cst.Module:
        """Return a file with them again."""
        return module.visit(_Decorating(list(self.taken), takes_off=False))


class _Decorating(cst.CSTTransformer):
    def __init__(self, decorators: list[tuple[cst.Decorator, ...]], *, takes_off: bool) -> None:
        super().__init__()
        self.decorators, self.takes_off = decorators, takes_off

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:  # noqa: N802
        if not self.takes_off:
            return updated_node.with_changes(decorators=self.decorators.pop(0))
        self.decorators.append(tuple(original_node.decorators))
        return updated_node.with_changes(decorators=[])


def read_equivalents() -> list[Equivalent]:
    """Return the changes that are listed as making no difference."""
    return [Equivalent(**entry) for entry in tomllib.loads(EQUIVALENTS.read_text()).get("equivalent", [])]


def all_mutants() -> Iterator[Mutant]:
    """Yield every change, in an order that stays."""
    for root in config().source_paths:
        for file in sorted(root.rglob("*.py")):
            left_out = any(fnmatch(str(file), pattern) for pattern in config().do_not_mutate)
            if not left_out and not {"tests", "migrations"} & set(file.parts):
                yield from mutants_of(file)


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Yield the changes of what the functions of a file do."""
    decorators = Decorators()
    plain = decorators.take_off(cst.parse_module((BASE_DIR / file).read_text()))
    module, mutations, _classes, _functions = create_mutations(str(file), plain.code)
    for mutation in mutations:
        function = mutation.contained_by_top_level_function
        if isinstance(function, cst.FunctionDef) and not changes_case_alone(mutation):
            yield Mutant(str(file), module, decorators, mutation, function.name.value)


def functions_in(code: CodeType) -> list[CodeType]:
    """Return the functions and methods of a file or a class in the order of the text."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    # A body with a comprehension or a function of its own brings it along.
    return [found for one in inner for found in ([one] if one.co_flags & CO_OPTIMIZED else functions_in(one))]


def changes_case_alone(mutation: Mutation) -> bool:
    """Tell whether only the case of letters changes, which SQL does not see and messages need no test for."""
    before, after = mutation.original_node, mutation.mutated_node
    if not isinstance(before, cst.SimpleString) or not isinstance(after, cst.SimpleString):
        return False
    return before.value.lower() == after.value.lower()
