"""Random tiny models with tokenizers of their own: nothing is downloaded. Import only where torch is installed."""

from __future__ import annotations

import importlib.util
import json
import re
from typing import Any, Dict, Iterator, List, NamedTuple

from . import boards

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% if m['content'] is string %}{{ m['content'] }}{% else %}"
    "{% for c in m['content'] %}{% if c['type']=='image' %}IMAGE{% else %}{{ c['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_QWEN_SPECIAL = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
_TEXT_BYTES = 20 << 20
_PATCH = 16


class MissingPackage(Exception):
    """The model cannot be built in this environment."""


class Size(NamedTuple):
    """What differs between the demo's model and one for a person's own data."""

    vocabulary: int
    positions: int
    image: int


DEMO = Size(vocabulary=400, positions=256, image=48)
OWN_DATA = Size(vocabulary=2000, positions=2048, image=112)


def build(folder: str, kind: str, seed: int, texts: str = "") -> Dict[str, Any]:
    """Write model and processor to `folder`; `texts` is a JSONL file whose words the tokenizer learns."""
    import torch

    if kind == "qwen2_5_vl" and importlib.util.find_spec("torchvision") is None:
        raise MissingPackage(
            "Qwen2.5-VL's processor needs torchvision, which this environment does not have. "
            "Install torchvision in the version that fits torch %s, or use --kind llava." % torch.__version__
        )
    torch.manual_seed(seed)
    size = OWN_DATA if texts else DEMO
    lines = list(strings_of(texts)) if texts else demo_lines()
    words = common_tags(lines) if texts else [" " + word for word in boards.CELLS + boards.ASKED]
    makers = {"llava": _llava, "qwen2_5_vl": _qwen, "text": _text}
    model, processor, tokenizer = makers[kind](size, lines, words)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    parameters = sum(tensor.numel() for tensor in model.parameters())
    return {"kind": kind, "parameters": parameters, "vocabulary": len(tokenizer), "path": folder}


def demo_lines() -> List[str]:
    """The corpus of the demo's tokenizer."""
    made = [boards.make(number) for number in range(400)]
    lines = [text for problem in made for text in (problem.prompt, boards.careful(problem), boards.hasty(problem))]
    return lines + ["user\nassistant\nDescribe the board."] * 50


def strings_of(path: str) -> Iterator[str]:
    """Every text in a JSONL file but file names and ids, up to 20 MB."""
    used = 0
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                todo: List[Any] = [json.loads(line)]
            except ValueError:
                continue  # a broken line has no words; the dataset's own check tells about it
            while todo:
                value = todo.pop()
                if isinstance(value, dict):
                    todo += [
                        item for key, item in value.items() if key not in ("id", "image", "images", "source", "trace")
                    ]
                elif isinstance(value, list):
                    todo += value
                elif isinstance(value, str):
                    used += len(value)
                    yield value
            if used > _TEXT_BYTES:
                return


def common_tags(lines: List[str]) -> List[str]:
    """Tags of the data such as <think>, each to become one token; `<image>` is one already."""
    counts: Dict[str, int] = {}
    for line in lines:
        for tag in re.findall(r"</?[a-z_]{2,20}>", line):
            counts[tag] = counts.get(tag, 0) + 1
    return sorted(tag for tag, count in counts.items() if count >= 10 and tag != "<image>")[:40]


def _tokenizer(size: Size, lines: List[str], words: List[str], special: List[str], image: str) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size.vocabulary,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(lines, trainer)
    made.add_tokens(["<caption>", "</caption>", "<think>", "</think>", "\\boxed{"] + words)
    names = {"image_token": image} if image else {}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        padding_side="left",
        extra_special_tokens=names,
    )
    tokenizer.chat_template = TEMPLATE.replace("IMAGE", image)
    return tokenizer


_CHAT = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def _language(tokenizer: Any, size: Size) -> Dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 96,
        "intermediate_size": 288,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "max_position_embeddings": size.positions,
        "initializer_range": 0.08,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _text(size: Size, lines: List[str], words: List[str]) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _tokenizer(size, lines, words, _CHAT, "")
    return LlamaForCausalLM(LlamaConfig(**_language(tokenizer, size))), tokenizer, tokenizer


def _llava(size: Size, lines: List[str], words: List[str]) -> Any:
    import torch
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = _tokenizer(size, lines, words, _CHAT + ["<image>"], "<image>")
    # Paper colour becomes 0, so an empty patch is (almost) silent.
    images = CLIPImageProcessorPil(
        do_resize=True,
        size={"height": size.image, "width": size.image},
        do_center_crop=False,
        image_mean=[value / 255 for value in boards.PAPER],
        image_std=[0.4] * 3,
    )
    processor = LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=_PATCH,
        vision_feature_select_strategy="default",
        chat_template=tokenizer.chat_template,
        image_token="<image>",
        num_additional_image_tokens=1,
    )
    vision = CLIPVisionConfig(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=size.image,
        patch_size=_PATCH,
        projection_dim=64,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=LlamaConfig(**_language(tokenizer, size)),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        image_seq_length=(size.image // _PATCH) ** 2,
        tie_word_embeddings=True,
    )
    model = LlavaForConditionalGeneration(config)
    with torch.no_grad():  # the CLIP default (0.02) leaves position 20 times weaker than content
        for name, tensor in model.named_parameters():
            if "position_embedding" in name:
                tensor.normal_(0, 0.6)
    return model, processor, tokenizer


def _qwen(size: Size, lines: List[str], words: List[str]) -> Any:
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    image = "<|vision_start|><|image_pad|><|vision_end|>"
    tokenizer = _tokenizer(size, lines, words, _CHAT + _QWEN_SPECIAL, "")
    tokenizer.chat_template = TEMPLATE.replace("IMAGE", image)
    for name, token in (("image_token", "<|image_pad|>"), ("video_token", "<|video_pad|>")):
        setattr(tokenizer, name, token)
    pixels = {"min_pixels": 28 * 28, "max_pixels": 4 * 56 * 56 if size is OWN_DATA else 56 * 56}
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(**pixels),
        tokenizer,
        Qwen2VLVideoProcessor(**pixels),
        chat_template=tokenizer.chat_template,
    )
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in _QWEN_SPECIAL}
    text = {
        **_language(tokenizer, size),
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_key_value_heads": 2,
        # mrope_section sums to half of a head (64 / 4 / 2)
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]},
    }
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 4,
        "out_hidden_size": 64,
        "fullatt_block_indexes": [1],
        "patch_size": 14,
        "spatial_merge_size": 2,
    }
    config = Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=True,
    )
    return Qwen2_5_VLForConditionalGeneration(config), processor, tokenizer
