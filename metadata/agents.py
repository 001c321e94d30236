"""Names of persons and bodies."""

from __future__ import annotations

_BODIES = (
    "館", "局", "處", "會", "府", "社", "公司", "部", "校", "大學", "學院", "所", "署", "院", "廳",
    "課", "科", "系", "銀行", "組合", "協會", "庄役場", "街役場", "役場", "公所", "報社", "書局",
    "書店", "印刷廠", "工廠", "株式會社", "寺", "廟", "宮", "堂", "委員會", "中心", "團", "隊",
    "Library", "Bureau", "Press", "Company", "Museum", "University", "Government", "Society",
)  # fmt: skip


def is_corporate(name: str) -> bool:
    """Tell whether a name ends as those of bodies do: records seldom say which it is."""
    return len(name) > 3 and name.endswith(_BODIES)
