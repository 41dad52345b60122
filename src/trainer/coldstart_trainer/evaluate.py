"""`evaluate REQUEST.json`: completions of a model for held-out rows, one line per row as it goes; TypeScript grades them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .data import ImageCache, ImageError, RowError, prompt_messages, read_rows


def main(argv: Optional[List[str]] = None) -> int:
    """Progress `{"done","total"}` on stdout; 1 with `{"error","hint"}` as the last line when it cannot go on."""
    parser = argparse.ArgumentParser(prog="python -m coldstart_trainer evaluate", description=__doc__)
    parser.add_argument("request")
    given = parser.parse_args(argv)
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    with open(given.request, encoding="utf-8") as file:
        request = json.load(file)
    if request.get("threads"):
        os.environ["OMP_NUM_THREADS"] = str(request["threads"])
    from .models import SetupError

    try:
        _evaluate(request)
        return 0
    except (SetupError, ImageError, RowError, OSError) as error:
        print(json.dumps({"error": str(error), "hint": getattr(error, "hint", "")}), flush=True)
        print(error, file=sys.stderr)
        return 1


def _say(**fields: Any) -> None:
    print(json.dumps(fields), flush=True)


def _evaluate(request: Dict[str, Any]) -> None:
    import torch

    from .models import image_token_ids, load_model, pick_device

    if request.get("threads"):
        torch.set_num_threads(request["threads"])
    rows = read_rows(request["rows"])
    _say(done=0, total=len(rows), phase="loading")
    device = pick_device(request.get("device") or "auto")
    loaded = load_model(request["model"], device, half=True, init=request.get("model_init_kwargs"))
    loaded.model.to(device).eval()
    if not loaded.vision and any(row["images"] for row in rows):
        from .models import SetupError

        raise SetupError(
            "The rows have images, and %s reads text only." % request["model"], "Choose a vision-language model."
        )
    generator = Generator(loaded, device, request, image_token_ids(loaded.model.config) if loaded.vision else [])
    torch.manual_seed(int(request.get("seed") or 0))
    each = int(request.get("samples") or 1)
    size = max(1, int(request.get("batch_size") or 8) // each)
    with open(request["out"], "w", encoding="utf-8", newline="\n") as out:
        done = 0
        for first in range(0, len(rows), size):
            part = rows[first : first + size]
            for row, completions in zip(part, generator.complete(part, each)):
                line = {"trace": row["trace"], "ground_truth": row.get("ground_truth"), "completions": completions}
                out.write(
                    json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
                    + "\n"
                )
            out.flush()
            done += len(part)
            _say(done=done, total=len(rows))
        os.fsync(out.fileno())


class Generator:
    """Batched generation as GRPO does it: the model's own sampling defaults (penalties, top_k) do not apply."""

    def __init__(self, loaded: Any, device: str, request: Dict[str, Any], blocked: List[int]) -> None:
        from transformers import GenerationConfig

        from .models import tokenizer_of

        self._loaded = loaded
        self._device = device
        self._tokenizer = tokenizer_of(loaded.processor)
        self._images = ImageCache(int(request.get("max_pixels") or 1204224))
        temperature = float(request.get("temperature") or 0)
        settings: Dict[str, Any] = {
            "max_new_tokens": int(request.get("max_completion_length") or 1024),
            "do_sample": temperature > 0,
            "pad_token_id": self._tokenizer.pad_token_id,
            "bos_token_id": self._tokenizer.bos_token_id,
            "eos_token_id": self._tokenizer.eos_token_id,
            "repetition_penalty": 1.0,
        }
        if temperature > 0:
            settings.update(temperature=temperature, top_p=float(request.get("top_p") or 1.0), top_k=0)
        if blocked:
            settings["suppress_tokens"] = blocked
        self._config = GenerationConfig(**{**settings, **(request.get("generation") or {})}, disable_compile=True)

    def complete(self, rows: List[Dict[str, Any]], each: int) -> Iterator[List[Dict[str, Any]]]:
        """For each row its completions `{completion, tokens, finish}`."""
        found = list(self._generate([row for row in rows for _ in range(each)]))
        return (found[first : first + each] for first in range(0, len(found), each))

    def _generate(self, rows: List[Dict[str, Any]]) -> Iterator[Dict[str, Any]]:
        import torch

        inputs = self._inputs(rows).to(self._device)
        with torch.no_grad():
            output = self._loaded.model.generate(**inputs, generation_config=self._config)
        completions = output[:, inputs["input_ids"].shape[1] :].tolist()
        for ids in completions:
            tokens, finish = self._ended(ids)
            yield {
                "completion": self._tokenizer.decode(ids[:tokens], skip_special_tokens=True),
                "tokens": tokens,
                "finish": finish,
            }

    def _ended(self, ids: List[int]) -> Tuple[int, str]:
        end = self._tokenizer.eos_token_id
        if end in ids:
            return ids.index(end) + 1, "stop"
        return len(ids), "length"

    def _inputs(self, rows: List[Dict[str, Any]]) -> Any:
        processor, vision = self._loaded.processor, self._loaded.vision
        texts = [
            processor.apply_chat_template(prompt_messages(row, vision), add_generation_prompt=True, tokenize=False)
            for row in rows
        ]
        # The chat template has written the beginning-of-text token already.
        if vision and any(row["images"] for row in rows):
            images = [[self._images.get(path) for path in row["images"]] for row in rows]
            return processor(images=images, text=texts, padding=True, add_special_tokens=False, return_tensors="pt")
        return self._tokenizer(texts, padding=True, add_special_tokens=False, return_tensors="pt")
