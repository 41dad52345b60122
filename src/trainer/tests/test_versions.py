"""What the environment is told about torchvision, which no run needs but the processor of Qwen2.5-VL."""

import sys

import pytest

from coldstart_trainer import versions

CPU_INDEX = " --extra-index-url https://download.pytorch.org/whl/cpu"


@pytest.mark.parametrize(
    "torch, package",
    [
        ("2.13.0", "torchvision==0.28.0"),
        ("2.14.1", "torchvision==0.29.1"),
        ("2.13.0+cpu", "torchvision==0.28.0+cpu" + CPU_INDEX),
        ("2.13.0+cu130", "torchvision==0.28.0+cu130" + CPU_INDEX.replace("cpu", "cu130")),
        ("3.0.0", "torchvision"),
        ("unknown", "torchvision"),
    ],
)
def test_each_torch_has_its_torchvision(torch, package):
    command = versions.install_torchvision({"torch": torch})
    assert command == "%s -m pip install %s" % (sys.executable, package)


def test_a_python_in_a_folder_with_spaces_is_quoted(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/a b/python")
    assert versions.install_torchvision({"torch": "2.13.0"}).startswith('"/a b/python" -m pip')


@pytest.mark.parametrize(
    "found, problem, words",
    [
        ({}, None, ""),
        ({"torch": "2.13.0", "torchvision": "0.28.0"}, None, ""),
        ({"torch": "2.13.0+cpu"}, None, "such as Qwen2.5-VL: "),
        ({"torch": "2.13.0+cpu", "torchvision": "0.28.0"}, "torchvision is broken", "torchvision is broken. Replace it"),
    ],
)
def test_advice(found, problem, words):
    text = versions.advice(found, problem)
    assert words in text and bool(text) == bool(words)


def test_a_torchvision_of_another_torch_is_a_problem(monkeypatch, tmp_path):
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    found = {"torch": "2.13.0+cpu", "torchvision": "0.28.0"}
    monkeypatch.setattr(versions, "installed", lambda: found)
    problem = versions.torchvision_problem()
    assert problem == "torchvision 0.28.0 does not work with torch 2.13.0+cpu: operator torchvision::nms does not exist"
    del found["torchvision"]
    assert versions.torchvision_problem() is None
