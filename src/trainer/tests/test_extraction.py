"""Answers are read as the editor reads them (test/unit has the same rules in TypeScript)."""

import pytest

from coldstart_trainer.extraction import ExtractionError, extract, wrap

CASES = [
    ("boxed", r"so \boxed{5}", "5"),
    ("boxed", r"\boxed{3} then \boxed{ 5 }", "5"),
    ("boxed", r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
    ("boxed", r"\boxed{\boxed{5}}", "5"),
    ("boxed", r"\boxed{3} and \boxed{5", None),
    ("boxed", r"\boxed{\left\{2\right.}", None),
    ("boxed", r"\boxed {5} \boxed5 \fbox{5}", None),
    ("answer_tag", "<answer>1</answer><answer> 2 </answer>", "2"),
    ("answer_tag", "<answer>1</answer><answer>2", None),
    ("hashes", "#### 7\nmore\n#### 8 ", "8"),
    ("hashes", "7", None),
    ("the_answer_is", "The answer is: 12. Good.", "12"),
    ("the_answer_is", "the final answer is 3.5", "3.5"),
    ("the_answer_is", "nothing", None),
    ("regex:Final: (\\d+)", "Final: 1\nFinal: 23", "23"),
    ("regex:^\\d+$", "12\nx\n34", "34"),
    ("regex:(a)|b", "b", None),
]


@pytest.mark.parametrize("rule, text, answer", CASES)
def test_answers(rule, text, answer):
    assert extract(text, rule) == answer


@pytest.mark.parametrize("rule", ["boxed", "answer_tag", "hashes", "the_answer_is"])
def test_what_is_wrapped_is_read_back(rule):
    assert extract(wrap("3 cm", rule), rule) == "3 cm"


@pytest.mark.parametrize("rule", ["regex:(", "nonsense"])
def test_an_unusable_rule_is_told(rule):
    with pytest.raises(ExtractionError):
        extract("x", rule)
