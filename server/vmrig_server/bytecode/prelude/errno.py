# SPDX-License-Identifier: Apache-2.0
"""Numbers of OSError, as Linux has them."""

EPERM = 1
ENOENT = 2
EIO = 5
ENXIO = 6
EAGAIN = 11
ENOMEM = 12
EACCES = 13
EBUSY = 16
EEXIST = 17
ENODEV = 19
EINVAL = 22
ENOSPC = 28
EOPNOTSUPP = 95
ETIMEDOUT = 110

_names = {
    EPERM: "EPERM",
    ENOENT: "ENOENT",
    EIO: "EIO",
    ENXIO: "ENXIO",
    EAGAIN: "EAGAIN",
    ENOMEM: "ENOMEM",
    EACCES: "EACCES",
    EBUSY: "EBUSY",
    EEXIST: "EEXIST",
    ENODEV: "ENODEV",
    EINVAL: "EINVAL",
    ENOSPC: "ENOSPC",
    EOPNOTSUPP: "EOPNOTSUPP",
    ETIMEDOUT: "ETIMEDOUT",
}


def name(number):
    """ "ENODEV" of 19; the number as text when it has no name here."""
    return _names.get(number, str(number))
