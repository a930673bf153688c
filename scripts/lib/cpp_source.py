"""C++ source as tokens and statements: as much of the language as the structure checks need, and no more.

Comments and the contents of literals are gone before anything is looked at, so that text never counts as code.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

# A literal prefix counts only where no identifier runs into it.
_BLANKED = re.compile(
    r"""//[^\n]*(?:\\\n[^\n]*)*"""
    r"""|/\*.*?\*/"""
    r"""|(?<![\w"])(?:u8|[uUL])?R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)\""""
    r"""|(?P<text>(?<!\w)(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|"(?:\\.|[^"\\\n])*")"""
    r"""|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL | re.VERBOSE,
)
_TOKEN = re.compile(r"[A-Za-z_]\w*|[0-9][\w.']*|::|->|<=>|&&|\|\||[<>]=|[=!]=|\"\"|[^\s\w]")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z")
# Words before '{' that are not the name of a type to be brace-made.
_KEYWORDS = {
    "return", "co_return", "co_await", "co_yield", "else", "do", "try", "const", "noexcept", "override", "final",
    "mutable", "case", "throw", "new", "and", "or", "not",
}
_BLOCK_WORDS = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable"}
_SCOPE_WORDS = {"namespace", "class", "struct", "union", "enum", "extern", "concept"}


@lru_cache(maxsize=4)  # several rules look at the same file
def without_comments_and_literals(text):
    """`text` with comments blanked and literals emptied; every line stays where it was."""

    def blank(match):
        newlines = "\n" * match.group(0).count("\n")
        return ('""' if match.group(0)[-1] == '"' else "" if match.group(0)[0] == "/" else "0") + newlines

    return _BLANKED.sub(blank, text)


@dataclass
class Token:
    text: str
    line: int
    # For '[': this opens a lambda's captures, and these are their tokens.
    captures: list = None
    # For '{': this makes a value (an aggregate, an initialiser), it is not a block.
    makes_value: bool = False

    @property
    def is_identifier(self):
        return bool(_IDENTIFIER.match(self.text)) and self.text not in _KEYWORDS


@dataclass
class Statement:
    """Tokens up to ';' or up to and with a block; the blocks' own statements are in `blocks`, not in `tokens`."""

    tokens: list = field(default_factory=list)
    blocks: list = field(default_factory=list)
    last_line: int = 0

    @property
    def line(self):
        return self.tokens[0].line if self.tokens else self.last_line

    @property
    def opens_scope(self):
        """A namespace, class or the like: what is in its block are declarations."""
        words = [token.text for token in self.tokens[:12]]
        return bool(_SCOPE_WORDS & set(words)) and "(" not in words[: _first(words, _SCOPE_WORDS)]


def _first(words, wanted):
    return next((i for i, word in enumerate(words) if word in wanted), len(words))


def tokenize(text):
    code = without_comments_and_literals(text)
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m.group(0).count("\n"), code, flags=re.MULTILINE)
    tokens, line, position = [], 1, 0
    for match in _TOKEN.finditer(code):
        line += code.count("\n", position, match.start())
        position = match.start()
        tokens.append(Token(match.group(0), line))
    return tokens


@lru_cache(maxsize=4)
def statements(text):
    """The statements of the whole file, nested blocks inside; not to be changed."""
    return _Parser(tokenize(text)).block(top=True)


def walk(nested):
    """Every statement of `nested`, outermost first, with whether its parent only holds declarations."""

    def visit(block, in_scope):
        for statement in block:
            yield statement, in_scope
            for inner in statement.blocks:
                yield from visit(inner, in_scope and statement.opens_scope)

    yield from visit(nested, True)


def internal_names(text):
    """Names that only this file knows: of an unnamed namespace, static, with C's linkage, and main."""
    found = set()

    def visit(block, internal):
        for statement in block:
            words = [token.text for token in statement.tokens]
            is_for_c = words[:2] == ["extern", '""']
            words = words[2:] if is_for_c else words
            if words == ["{"] or "namespace" in words[:2] and statement.blocks:
                for inner in statement.blocks:
                    visit(inner, internal or is_for_c or words[1:] == ["{"])
                continue
            name = _declared_name(words)
            if name and (internal or is_for_c or name == "main" or "static" in words[:3]):
                found.add(name)

    visit(statements(text), False)
    return found


def _declared_name(words):
    """The name that a statement at namespace level declares; None if it declares none, or a member of something."""
    if words[:1] == ["template"]:
        words = words[_after(words, "<", ">") :]
    while words[:2] == ["[", "["]:
        words = words[_after(words, "[", "]") :]
    if not words or words[0] in ("namespace", "friend", "static_assert"):
        return None
    if words[0] == "using":
        return words[1] if words[2:3] == ["="] else None
    if words[0] in ("struct", "class", "union", "enum") and "{" in words:
        after = 2 if words[1] in ("class", "struct") else 1
        return words[after] if _IDENTIFIER.match(words[after]) else None
    depth = 0
    for i, word in enumerate([*words, ";"]):
        if word == "<":
            depth += 1
        elif word == ">":
            depth -= 1
        elif depth == 0 and word in ("(", "{", "=", "[", ";"):
            name, before = words[i - 1], words[i - 2 : i - 1]
            is_name = i > 0 and _IDENTIFIER.match(name) and before not in (["::"], ["operator"])
            return name if is_name and name != "operator" else None
    return None


def _after(words, opening, closing):
    """Where the bracket ends that words begin with, a word before it aside."""
    depth = 0
    for i, word in enumerate(words):
        depth += (word == opening) - (word == closing)
        if word == closing and depth == 0:
            return i + 1
    return len(words)


class _Parser:
    def __init__(self, tokens):
        self.tokens = tokens
        self.at = 0

    def block(self, top=False):
        """Statements up to the '}' of this block, which is consumed."""
        result, current, depth = [], Statement(), 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.text == "}":
                if top:
                    continue  # more closed than opened: the compiler's business
                break
            current.last_line = token.line
            if token.text == ";" and depth == 0:
                result.append(current)
                current = Statement()
                continue
            if token.text in "([":
                depth += 1
                if token.text == "[" and self._opens_captures(current):
                    token.captures = self._until_closing_bracket()
            elif token.text in ")]":
                depth = max(0, depth - 1)
            elif token.text == "{":
                in_lambda = self._is_lambda_body(current)
                token.makes_value = not in_lambda and self._makes_value(current, depth)
                current.tokens.append(token)
                if token.makes_value:
                    self._value(current)
                    continue
                current.blocks.append(self.block())
                current.last_line = self.tokens[self.at - 1].line
                if not in_lambda and depth == 0:
                    result.append(current)
                    current = Statement()
                continue
            current.tokens.append(token)
        if current.tokens:
            result.append(current)
        return result

    def _value(self, current):
        """The inside of a brace-made value: part of the statement, lambdas' bodies excepted."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            current.last_line = token.line
            if token.text == "[" and self._opens_captures(current):
                token.captures = self._until_closing_bracket()
            if token.text == "{":
                token.makes_value = not self._is_lambda_body(current)
                current.tokens.append(token)
                if token.makes_value:
                    self._value(current)
                else:
                    current.blocks.append(self.block())
                continue
            current.tokens.append(token)
            if token.text == "}":
                return

    def _until_closing_bracket(self):
        found, depth = [], 1
        for token in self.tokens[self.at :]:
            depth += (token.text == "[") - (token.text == "]")
            if depth == 0:
                break
            found.append(token)
        return found

    def _opens_captures(self, current):
        if self.at < len(self.tokens) and self.tokens[self.at].text == "[":
            return False  # an attribute
        if not current.tokens:
            return False
        before = current.tokens[-1]
        return not (before.is_identifier or before.text in (")", "]", ">", "[", '""'))

    @staticmethod
    def _is_lambda_body(current):
        """Whether a '{' after `current` is the body of a lambda: captures, maybe parameters, maybe a result type."""
        tokens, i = current.tokens, len(current.tokens) - 1
        arrow = next((k for k in range(i, -1, -1) if tokens[k].text in ("->", ";", "{", "}")), -1)
        if arrow >= 0 and tokens[arrow].text == "->":
            between = tokens[arrow + 1 :]
            if all(t.is_identifier or t.text in ("::", "<", ">", "*", "&", ",", "const", "(", ")") for t in between):
                i = arrow - 1
        while i >= 0 and tokens[i].text in ("mutable", "noexcept", "constexpr"):
            i -= 1
        if i >= 0 and tokens[i].text == ")":
            depth = 0
            while i >= 0:
                depth += (tokens[i].text == ")") - (tokens[i].text == "(")
                i -= 1
                if depth == 0:
                    break
        if i < 0 or tokens[i].text != "]":
            return False
        depth = 0
        while i >= 0:
            depth += (tokens[i].text == "]") - (tokens[i].text == "[")
            if depth == 0:
                return tokens[i].captures is not None
            i -= 1
        return False

    @staticmethod
    def _makes_value(current, depth):
        if not current.tokens:
            return False
        before = current.tokens[-1]
        if before.text in ("=", "(", ",", "return", "co_return", "?", "[", "&&", "||"):
            return True
        if before.text == ":":
            return depth > 0  # 'for (x : {1, 2})'; else a label's block
        if before.text == "]":
            return True  # 'int a[]{1}'
        if before.is_identifier or before.text == ">":
            if depth > 0:
                return True
            return not (current.opens_scope or _ends_in_result_type(current.tokens))
        return False


def _ends_in_result_type(tokens):
    """'auto f() -> Result<int>' and the like: the next '{' is the function's body."""
    for token in reversed(tokens):
        if token.text == "->":
            return True
        if not (token.is_identifier or token.text in ("::", "<", ">", "*", "&", ",", "const")):
            return token.text == ")" and tokens[-1].text in ("requires",)
    return False
