# SPDX-License-Identifier: Apache-2.0
"""Where the data that ships with vmrig is, in a checkout and in an installed wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from vmrig_server import paths


def test_an_installed_package_finds_its_data_beside_it(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    (site / "vmrig_server").mkdir(parents=True)
    (site / "vmrig_server" / "__init__.py").touch()
    shutil.copy(paths.__file__, site / "vmrig_server" / "paths.py")
    (site / "vmrig_data" / "vmimages" / "images").mkdir(parents=True)
    script = f"""
import sys
sys.path.insert(0, {str(site)!r})
import vmrig_server.paths as paths
print(paths.__file__)
print(paths.data_root("vmimages/images"))
"""
    # Without `site` the editable install of this checkout cannot come first.
    extra = str(Path(paths.platformdirs.__file__).parents[1])
    said = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.append({extra!r}){script}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert said == [str(site / "vmrig_server" / "paths.py"), str(site / "vmrig_data" / "vmimages" / "images")]
