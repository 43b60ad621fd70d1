"""Puts the dbt project into the wheel, beside the library. See pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
#: What a project that uses the package needs; MANIFEST.in names the same for the sdist.
CONTENT = [
    *("dbt_project.yml", "profiles/*.yml", "CHANGELOG.md"),
    *("models/**/*", "python_models/**/*", "macros/**/*", "seeds/*", "analyses/*"),
    *("tests/*/*.sql", "docs/**/*.md", "docs/*.json"),
]


class BuildWithProject(build_py):
    """An editable install needs no copy: there, the clone is the project."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        package = Path(self.build_lib) / "retail_marts" / "dbt_package"
        shutil.rmtree(package, ignore_errors=True)
        for pattern in CONTENT:
            for path in ROOT.glob(pattern):
                if path.is_file() and "__pycache__" not in path.parts:
                    copy = package / path.relative_to(ROOT)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, copy)


setup(cmdclass={"build_py": BuildWithProject})
