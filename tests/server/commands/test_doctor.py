"""The doctor: what it says of machines that are made up, and that it runs on this one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from lookout.faces.gallery.coverage import Coverage
from lookout.server.accounts.trusted import read_trust
from lookout.server.cli import main
from lookout.server.commands.doctor import judge, judge_encoder, judge_trust, report
from lookout.server.commands.machine_check import (
    Gpu,
    MachineReport,
    Part,
    Processor,
    Weights,
    check,
)

CPU = "onnxruntime CPUExecutionProvider (float32, 2 threads)"
FLAGS = frozenset({"lm", "sse2", "avx2", "fma"})
HEALTHY = MachineReport(
    Processor("a processor", FLAGS, cores=2, product_gflops=180.0),
    Gpu(seen=0, providers=(), torch=False),
    {"onnxruntime": "1.31.1"},
    (
        Part("detector", "yunet", CPU, on_gpu=False, ms_one=10.0, ms_each_of_batch=9.0),
        Part("encoder", "dlib-128", CPU, on_gpu=False, ms_one=6.0, ms_each_of_batch=3.4),
    ),
    (Weights("a.dat", Path("a.dat"), "0" * 64, "CC0", ""),),
    cache_writable=True,
    trouble=(),
)
GPU = Gpu(seen=1, providers=("CUDAExecutionProvider",), torch=False)


def wrong(checkup: MachineReport) -> list[str]:
    return [finding.text for finding in judge(checkup) if finding.wrong]


def test_a_healthy_machine_has_nothing_wrong() -> None:
    assert judge(HEALTHY) == []
    assert "Nothing is wrong." in report(HEALTHY, [])
    # a detection of 10 ms and a third of an encoding of 6 ms
    assert HEALTHY.frames_per_s == pytest.approx(1000 / 12)


def test_a_gpu_that_is_not_used_is_wrong() -> None:
    idle = dataclasses.replace(HEALTHY, gpu=dataclasses.replace(GPU, providers=()))
    (text,) = wrong(idle)
    assert "detector yunet, encoder dlib-128" in text
    assert "pip install 'onnxruntime-gpu[cuda,cudnn]'" in text


def test_a_gpu_that_is_used_is_not_wrong() -> None:
    parts = tuple(dataclasses.replace(part, on_gpu=True) for part in HEALTHY.parts)
    assert wrong(dataclasses.replace(HEALTHY, gpu=GPU, parts=parts)) == []


def test_a_gpu_build_without_a_driver_is_wrong() -> None:
    (text,) = wrong(dataclasses.replace(HEALTHY, gpu=dataclasses.replace(GPU, seen=0)))
    assert "nvidia-smi" in text


def test_a_processor_without_avx2_is_wrong() -> None:
    old = dataclasses.replace(HEALTHY.processor, flags=frozenset({"lm", "sse2"}))
    (text,) = wrong(dataclasses.replace(HEALTHY, processor=old))
    assert "-cpu host" in text


def test_bfloat16_without_openvino_is_only_advice() -> None:
    new = dataclasses.replace(HEALTHY.processor, flags=FLAGS | {"amx_bf16"})
    (finding,) = judge(dataclasses.replace(HEALTHY, processor=new))
    assert not finding.wrong
    assert "pip install openvino" in finding.text


def test_int8_without_openvino_is_only_advice() -> None:
    new = dataclasses.replace(HEALTHY.processor, flags=FLAGS | {"avx512_vnni"})
    (finding,) = judge(dataclasses.replace(HEALTHY, processor=new))
    assert not finding.wrong
    assert "8-bit integers" in finding.text


@pytest.mark.parametrize(("gain", "said"), [(2.1, True), (1.1, False), (None, False)])
def test_int8_is_advised_where_it_was_measured_to_be_faster(gain: float, said: bool) -> None:
    findings = judge(dataclasses.replace(HEALTHY, int8_gain=gain))
    assert [finding.wrong for finding in findings] == [False] * said
    assert all("come 2.1 times as fast" in finding.text for finding in findings)


def test_other_work_on_the_machine_is_told_with_the_figures() -> None:
    busy = dataclasses.replace(HEALTHY.processor, load=3.4)
    (finding,) = judge(dataclasses.replace(HEALTHY, processor=busy))
    assert not finding.wrong
    assert "load 3.4 on 2 cores" in finding.text


def test_an_encoder_far_below_the_processor_is_wrong() -> None:
    # 0.54 GFLOP in 30 ms are 18 GFLOP/s of the 180 that the processor multiplies
    slow = dataclasses.replace(HEALTHY.parts[1], ms_each_of_batch=30.0)
    (text,) = wrong(dataclasses.replace(HEALTHY, parts=(HEALTHY.parts[0], slow)))
    assert "reaches 10 % of what this processor multiplies" in text


def test_a_detector_of_half_a_second_is_wrong() -> None:
    slow = dataclasses.replace(HEALTHY.parts[0], ms_one=500.0)
    (text,) = wrong(dataclasses.replace(HEALTHY, parts=(slow, HEALTHY.parts[1])))
    assert "2.0 frames a second" in text


def test_damaged_weights_and_missing_devices_are_wrong_in_their_own_words() -> None:
    damaged = Weights("b.onnx", None, "", "MIT", "b.onnx fails its hash")
    ill = dataclasses.replace(HEALTHY, weights=(damaged,), trouble=("no such device",))
    assert wrong(ill) == ["no such device", "b.onnx fails its hash"]


def test_a_cache_that_cannot_be_written_is_only_advice() -> None:
    (finding,) = judge(dataclasses.replace(HEALTHY, cache_writable=False))
    assert not finding.wrong
    assert "XDG_CACHE_HOME" in finding.text


@pytest.mark.slow
def test_the_examination_runs_what_the_server_would_run() -> None:
    checkup = check("mmod", "dlib-128", "cpu")
    assert checkup.trouble == ()
    assert [part.name for part in checkup.parts] == ["mmod", "dlib-128"]
    assert all(part.ms_one > 0 and part.runs_on.startswith("onnxruntime") for part in checkup.parts)
    assert all(weights.sha256 for weights in checkup.weights)


def test_a_detector_that_is_not_there_ends_the_command_with_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["doctor", "--detector", "no-such-detector", "--encoder", "dlib-128"]) == 1
    out = capsys.readouterr().out
    assert "WRONG  there is no detector 'no-such-detector'" in out
    assert "encoder    dlib-128 on onnxruntime CPUExecutionProvider" in out


def test_the_encoder_that_waits_for_its_photographs_is_named() -> None:
    images = Path("utils/images")
    assert judge_encoder(Coverage("sface"), Coverage("sface"), images) == []
    (waiting,) = judge_encoder(Coverage("sface", ("Ada",)), Coverage("dlib-128"), images)
    assert "by dlib-128, because sface does not know Ada yet" in waiting.text
    assert "photographs in utils/images/<name>/" in waiting.text
    missing = Coverage("sface", ("Ada", "Bob"))
    (nobody_knows_all,) = judge_encoder(missing, missing, images)
    assert "sface does not know Ada, Bob" in nobody_knows_all.text
    assert not waiting.wrong
    assert not nobody_knows_all.wrong


def test_every_trusted_network_is_listed_with_what_it_means() -> None:
    (finding,) = judge_trust([read_trust("192.168.1.0/24=operator")])
    assert str(finding) == (
        "NOTE  --trust 192.168.1.0/24: 256 addresses need no key and may do everything that the "
        "role operator may"
    )
