"""IncludeGraph: which files of the project a C++ file includes, found as the compiler finds them."""

import posixpath
import re

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)


class IncludeGraph:
    """Paths are relative to the project's root, with '/'. `read(path)` is a file's text, or None if it is not there."""

    def __init__(self, read):
        self._read = read
        self._texts = {}
        self._includes = {}
        self._resolved = {}

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def closure(self, path, folders):
        """`path` and all files of the project that it includes, however deep. `folders` are searched for includes."""
        seen, waiting = {path}, [path]
        while waiting:
            fresh = self._project_includes(waiting.pop(), folders) - seen
            seen |= fresh
            waiting.extend(fresh)
        return seen

    def system_includes(self, path, folders):
        """What `path` includes that no file of the project is, as written between < and >."""
        return {name for quoted, name in self._named(path) if not self._find(path, quoted, name, folders)}

    def _project_includes(self, path, folders):
        key = path, folders
        if key not in self._resolved:
            found = (self._find(path, quoted, name, folders) for quoted, name in self._named(path))
            self._resolved[key] = {target for target in found if target}
        return self._resolved[key]

    def _named(self, path):
        """(quoted, name) of each include in `path`."""
        if path not in self._includes:
            pairs = _INCLUDE.findall(self.text(path) or "")
            self._includes[path] = [(bool(quoted), quoted or angled) for quoted, angled in pairs]
        return self._includes[path]

    def _find(self, path, quoted, name, folders):
        own = (posixpath.dirname(path),) if quoted else ()
        for folder in own + folders:
            target = posixpath.normpath(posixpath.join(folder, name))
            if self.text(target) is not None:
                return target
        return None
