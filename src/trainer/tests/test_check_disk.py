"""Room for checkpoints: a released model has 16-bit weights, and is trained in float32."""

import json
import shutil
from collections import namedtuple

import pytest

from coldstart_trainer.check_findings import Prepared
from coldstart_trainer.check_rows import check_disk

Usage = namedtuple("Usage", "total used free")
LORA = {"rank": 2, "alpha": 4, "dropout": 0, "target_modules": "all-linear"}


@pytest.mark.parametrize(
    "config, lora, given, times",
    [
        ({"dtype": "float32"}, None, None, 3),
        ({"dtype": "bfloat16"}, None, None, 6),
        ({"torch_dtype": "float16"}, None, None, 6),
        ({"dtype": "bfloat16"}, None, {"dtype": "bfloat16"}, 3),
        ({"dtype": "bfloat16"}, LORA, None, 1),
        (None, None, None, 3),
    ],
)
def test_checkpoints_must_fit(tmp_path, monkeypatch, config, lora, given, times):
    size = 100 << 20
    with open(tmp_path / "model.safetensors", "wb") as file:
        file.truncate(size)
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))
    spec = {"lora": lora, "save_limit": 1, "trainer_args": {"model_init_kwargs": given} if given else {}}
    run = Prepared(str(tmp_path), {}, spec, [], [])
    needed = 2 * times * size + (64 << 20)
    for free, severities in ((needed, []), (needed - 1, ["error"])):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: Usage(0, 0, free))
        assert [finding.severity for finding in check_disk(run, str(tmp_path))] == severities
