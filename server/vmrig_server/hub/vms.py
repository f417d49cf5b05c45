# SPDX-License-Identifier: Apache-2.0
"""VM images made for registered boards: the same arguments give the same vmuid, and a vmuid belongs to one chip."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from vmrig_server.agent.api import FlashPart
from vmrig_server.errors import VmrigError
from vmrig_server.hub.boards import Boards
from vmrig_server.hub.catalogue import BuildReport, Catalogue, Offer
from vmrig_server.hub.model import Job, Page, Vm, VmPart
from vmrig_server.hub.requests import bare_id, check_text
from vmrig_server.hub.selectors import MIN_PREFIX
from vmrig_server.hub.store import Blobs, Store
from vmrig_server.hub.store.models import VmRow
from vmrig_server.hub.work import Desk, Order, not_registered

if TYPE_CHECKING:
    from vmrig_server.images.export import ExportedFile, Part

SIGNING_KEY_SIZE = 32
SIGNING_FEATURE = "ed25519"
"""What a VM needs to check signatures."""


@dataclass(frozen=True, slots=True)
class VmWish:
    """What VM is asked for; what is empty is chosen: the newest version, the RTOS and the features of the target's usual VM, "base".

    `features` are words of `images.features.resolve_features`.
    """

    version: str = ""
    rtos: str = ""
    patch: str = ""
    features: tuple[str, ...] = ()
    signing_key: bytes = b""
    """An Ed25519 public key, 32 bytes: the board only takes programs signed with it. Empty: it takes all."""


def vmuid_of(chip_uid: str, offer: Offer, signing_key: bytes = b"") -> str:
    """First 16 bytes of the SHA-256 over chip, choice, image and key, as hex. NUL parts the fields, since none has one."""
    fields = [
        chip_uid,
        offer.target,
        offer.version,
        offer.rtos,
        offer.patch,
        ",".join(offer.features),
        offer.image_sha256,
        *([signing_key.hex()] if signing_key else []),
    ]
    return hashlib.sha256("\0".join(fields).encode()).digest()[:16].hex()


def _vm(row: VmRow) -> Vm:
    return Vm(
        vmuid=row.vmuid,
        board_id=row.board_id,
        target=row.target,
        chip_uid=row.chip_uid,
        version=row.version,
        rtos=row.rtos,
        patch=row.patch,
        features=tuple(row.features),
        image_sha256=row.image_sha256,
        size_bytes=row.size_bytes,
        create_time=row.create_time,
        parts=tuple(VmPart(**part) for part in row.parts),
    )


class Vms:
    """Makes, keeps and finds VMs."""

    def __init__(self, store: Store, blobs: Blobs, boards: Boards, desk: Desk, catalogue: Catalogue) -> None:
        self._store = store
        self._blobs = blobs
        self._boards = boards
        self._desk = desk
        self._catalogue = catalogue

    async def offers(self, target: str = "") -> list[Offer]:
        """What can be made, for one target or (empty) for all."""
        return await asyncio.to_thread(self._catalogue.offers, target)

    async def create(
        self, selector: str, wish: VmWish, request_id: str = "", report: BuildReport = lambda done, total: None
    ) -> Vm:
        """Makes a VM for a board, of an image that ships or else of one that is built. It is the same VM when asked again, so the request id needs no
        memory of its own.

        Raises:
            VmrigError: ``BOARD_NOT_REGISTERED``, ``VM_NOT_AVAILABLE`` with what there is, and those of `Boards.one`, `resolve_features` and
                `Catalogue.make`.
        """
        check_text("request_id", request_id)
        board = self._boards.one(selector)
        target = self._boards.target_of(board)
        if not board.chip_uid:
            raise not_registered(board)
        if len(wish.signing_key) not in (0, SIGNING_KEY_SIZE):
            raise VmrigError(
                "ARGUMENT_INVALID", f"An Ed25519 public key has 32 bytes; {len(wish.signing_key)} were given."
            )
        if wish.signing_key:
            wish = replace(wish, features=(*wish.features, SIGNING_FEATURE))
        offer = await self._chosen(target, wish, report)
        vmuid = vmuid_of(board.chip_uid, offer, wish.signing_key)
        known = await self._get(vmuid)
        if known is not None:
            return known
        built = await asyncio.to_thread(self._catalogue.build, offer, board.chip_uid, vmuid, wish.signing_key)
        parts = [VmPart(part.name, part.address, await self._blobs.put(part.data), len(part.data)) for part in built]
        vm = Vm(
            vmuid=vmuid,
            board_id=board.board_id,
            target=target,
            chip_uid=board.chip_uid,
            version=offer.version,
            rtos=offer.rtos,
            patch=offer.patch,
            features=offer.features,
            image_sha256=offer.image_sha256,
            size_bytes=sum(part.size_bytes for part in parts),
            create_time=time.time(),
            parts=tuple(parts),
        )
        async with self._store.write() as session:
            # Two who ask for the same at the same time write the same row.
            values = {**asdict(vm), "parts": [asdict(part) for part in parts], "features": list(vm.features)}
            await session.merge(VmRow(**values))
        return vm

    async def _chosen(self, target: str, wish: VmWish, report: BuildReport) -> Offer:
        from vmrig_server.images.features import resolve_features

        offers = await self.offers(target)
        fitting = [
            offer
            for offer in offers
            if (not wish.version or offer.version == wish.version) and offer.patch == (wish.patch or "base")
        ]
        if not fitting:
            raise _not_available(target, wish, offers)
        version = max((offer.version for offer in fitting), key=version_key)
        fitting = [offer for offer in fitting if offer.version == version]
        usual = next((offer for offer in fitting if offer.usual), fitting[0])
        features = resolve_features(wish.rtos, usual.features, wish.features)
        for offer in fitting:
            if offer.features == features:
                return offer
        return await self._catalogue.make(target, features, report)

    async def get(self, name: str) -> Vm:
        """By resource name, or by a prefix of the vmuid (four digits or more) that only one VM has.

        Raises:
            VmrigError: ``VM_NOT_FOUND``, ``AMBIGUOUS_VM``.
        """
        wanted = bare_id(name, "vms").lower()
        prefix = wanted if set(wanted) <= set("0123456789abcdef") and MIN_PREFIX <= len(wanted) <= 32 else None
        found: list[Vm] = []
        if prefix is not None:
            query = select(VmRow).where(VmRow.vmuid.startswith(prefix)).order_by(VmRow.vmuid).limit(20)
            async with self._store.read() as session:
                found = [_vm(row) for row in await session.scalars(query)]
        if not found:
            raise VmrigError("VM_NOT_FOUND", f"There is no VM {wanted!r}.", next_command="vmrig vm list")
        if len(found) > 1:
            raise VmrigError(
                "AMBIGUOUS_VM",
                f"{len(found)} VMs begin with {wanted!r}: give more digits.",
                evidence=[f"{vm.vmuid}  {vm.target}  {vm.version}" for vm in found],
                next_command="vmrig vm list",
            )
        return found[0]

    async def _get(self, vmuid: str) -> Vm | None:
        async with self._store.read() as session:
            row = await session.get(VmRow, vmuid)
            return _vm(row) if row is not None else None

    async def usual_features(self, target: str) -> tuple[str, ...]:
        """What the VM has that a target gets when nothing is asked for.

        Raises:
            VmrigError: ``TARGET_UNKNOWN``, ``VM_NOT_AVAILABLE``.
        """
        return (await self._chosen(target, VmWish(), lambda done, total: None)).features

    async def features_of(self, vmuid: str) -> frozenset[str] | None:
        """What a VM that was made here has; None: nobody knows."""
        vm = await self._get(vmuid) if vmuid else None
        return frozenset(vm.features) if vm is not None else None

    async def page(self, selector: str, page: Page) -> list[Vm]:
        """By vmuid, of one board or (empty) of all."""
        query = select(VmRow).where(VmRow.vmuid > page.after).order_by(VmRow.vmuid).limit(page.size)
        if selector:
            query = query.where(VmRow.board_id == self._boards.one(selector).board_id)
        async with self._store.read() as session:
            return [_vm(row) for row in await session.scalars(query)]

    async def export(self, name: str) -> list[ExportedFile]:
        """A VM's parts as files for other tools, and their manifest.

        Raises:
            VmrigError: those of `get`.
        """
        from vmrig_server.images.export import Part

        vm = await self.get(name)
        parts = [Part(part.name, part.address, part.data) for part in (await self._parts(vm))[0]]
        head = {
            "kind": "vm",
            "vmuid": vm.vmuid,
            "chip_uid": vm.chip_uid,
            "version": vm.version,
            "rtos": vm.rtos,
            "patch": vm.patch,
            "features": list(vm.features),
            "image_sha256": vm.image_sha256,
        }
        return await asyncio.to_thread(_exported, f"vm_{vm.target}", vm.target, parts, head)

    async def export_register(self, target: str) -> list[ExportedFile]:
        """register.vm of a target as files for other tools, and their manifest.

        Raises:
            VmrigError: ``TARGET_UNKNOWN``, ``IMAGE_UNKNOWN``.
        """
        return await asyncio.to_thread(_exported_register, target)

    async def virtualize(self, order: Order, name: str) -> Job:
        """Puts a VM on the board that it was made for.

        Raises:
            VmrigError: ``VM_OTHER_BOARD``, ``BOARD_NOT_REGISTERED``, and those of `get` and `Desk.start`.
        """
        vm = await self.get(name)
        parts, port_sha256 = await self._parts(vm)
        return await self._desk.virtualize(order, vm.vmuid, vm.chip_uid, parts, port_sha256)

    async def _parts(self, vm: Vm) -> tuple[list[FlashPart], str]:
        """What is flashed for a VM, and the hash of its port.bin without a key. The VM stays as it was made; what the board is beyond its chip is what was
        compiled last."""
        parts = [FlashPart(part.address, await self._blobs.get(part.sha256), part.name) for part in vm.parts]
        port_sha256 = ""
        for place, part in enumerate(parts):
            if part.name == "port":
                data, port_sha256 = await asyncio.to_thread(self._catalogue.port_now, vm.target, part.data)
                parts[place] = replace(part, data=data)
        return parts, port_sha256


def _exported(stem: str, target: str, parts: Sequence[Part], head: Mapping[str, Any]) -> list[ExportedFile]:
    from vmrig_server.boards_data import load_chip, load_target
    from vmrig_server.images.export import export

    known = load_target(target)
    return export(stem, parts, known, load_chip(known.chip), head)


def _exported_register(target: str) -> list[ExportedFile]:
    from vmrig_server.boards_data import load_target
    from vmrig_server.images import load_image
    from vmrig_server.images.export import Part

    image = load_image(load_target(target).image_target, "register")
    head = {"kind": "register", "version": image.vm_version, "image_sha256": image.sha256}
    return _exported(f"reg_{target}", target, [Part("register", image.address, image.data)], head)


def _not_available(target: str, wish: VmWish, offers: Sequence[Offer]) -> VmrigError:
    asked = " ".join(filter(None, (wish.version or "(newest)", wish.rtos, wish.patch)))
    there = [
        f"{offer.version} {offer.rtos} {offer.patch} {','.join(offer.features) or '(no features)'}" for offer in offers
    ]
    return VmrigError(
        "VM_NOT_AVAILABLE",
        f"No VM {asked} is offered for {target}.",
        evidence=there or [f"nothing is offered for {target}"],
        next_command="vmrig vm available " + target,
    )


def version_key(version: str) -> tuple[tuple[int, str], ...]:
    """Orders "1.10" after "1.9"."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in version.replace("-", ".").split("."))
