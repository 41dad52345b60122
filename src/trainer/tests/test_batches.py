"""How many completions of a GRPO step are sampled at once."""

import pytest

from coldstart_trainer.batches import generation_steps, sampled_at_once
from coldstart_trainer.check_findings import Prepared
from coldstart_trainer.check_rows import check_batches


@pytest.mark.parametrize(
    "batch, accumulation, group, given, world, steps, at_once",
    [
        (64, 1, 8, {}, 1, 1, 64),
        (512, 1, 8, {}, 1, 1, 512),
        (8, 8, 8, {}, 1, 8, 64),
        (10, 128, 10, {}, 1, 4, 40),
        (2, 640, 10, {}, 1, 20, 40),
        (1, 1024, 128, {}, 1, 128, 128),
        (6, 2, 4, {}, 1, 2, 12),
        (3, 3, 4, {}, 1, 3, 9),
        (10, 128, 10, {}, 8, 1, 80),
        (10, 128, 10, {"steps_per_generation": 128}, 1, None, 1280),
        (10, 128, 10, {"generation_batch_size": 320}, 1, None, 320),
        (10, 128, 10, {"num_iterations": 4}, 1, 128, 1280),
    ],
)
def test_completions_at_once(batch, accumulation, group, given, world, steps, at_once):
    spec = {"batch_size": batch, "gradient_accumulation": accumulation, "group_size": group, "trainer_args": given}
    assert (generation_steps(spec, world), sampled_at_once(spec, world)) == (steps, at_once)


@pytest.mark.parametrize(
    "traces, severity, words",
    [
        (128, "info", "4 prompts x 10 rollouts in each generation, 1280 rollouts in each step."),
        (127, "error", "A step needs 128 prompts and 127 traces are selected"),
    ],
)
def test_a_step_needs_its_prompts(traces, severity, words):
    spec = {"stage": "grpo", "batch_size": 10, "gradient_accumulation": 128, "group_size": 10, "trainer_args": {}}
    (found,) = check_batches(Prepared("", {}, spec, [{}] * traces, []))
    assert found.severity == severity and words in found.message
