"""What is looked for in a user agent, for those who classify where there is no Python: in SQL."""

from __future__ import annotations

from . import browsers, classifying

LONGEST = classifying._LONGEST
"""Characters of a user agent that are looked at."""
FORM = browsers._FORM.pattern
"""How a text begins that a browser writes, or an agent dressed up as one."""
SAID_BY_AGENTS = browsers._SAID_BY_AGENTS.pattern
"""What an agent says of itself after that; letters' case does not matter, here and below."""
SAID_BY_AGENTS_OF_A_DEVICE = browsers._SAID_BY_AGENTS_OF_A_DEVICE.pattern
"""What an agent says of itself in that."""
AN_AGENT = classifying._AN_AGENT.pattern
"""What agents say that are in no list."""
OF_A_DEVICE = classifying._OF_A_DEVICE.pattern
"""What devices say on which people read."""
OF_A_COMPUTER = classifying._OF_A_COMPUTER.pattern
"""What programs on people's computers say."""
OF_A_COMPUTER_S_BROWSER = browsers._OF_A_COMPUTER.pattern
"""What the browsers of computers say of these; others name a device."""
ONLY_A_NAME = browsers._ONLY_A_NAME.pattern
"""All that some agents say that dress up as browsers."""
OF_A_PHONE = classifying._OF_A_PHONE.pattern
"""What phones say that have not a browser's form."""
AN_ADDRESS = classifying._AN_ADDRESS.pattern
"""What none of those says."""
A_TOOL = classifying._A_TOOL.pattern
"""How libraries are called."""
