"""Words that exclude each other: what goes up does not go down, a test set is no training set."""

import re
from functools import lru_cache

from ingest.analysis import stem

# One axis a line, its sides set apart by "|". A word may lie on several axes.
AXES = """
increase increases increased increasing raise raises raised raising grow grows growing grown rise rises rising gain gains improve improves improved | decrease decreases decreased decreasing reduce reduces reduced reducing lower lowers lowered lowering fall falls falling drop drops shrink shrinks cut cuts worsen worsens decline declines
more higher larger greater bigger highest largest greatest | less fewer lower smaller lowest smallest fewest
high | low
large big huge | small tiny little
faster fast fastest quick quickly quicker | slower slow slowest slowly
cheap cheaper cheapest inexpensive | expensive costlier dearer
better best good well | worse worst bad poor poorly
stronger strong strongly | weaker weak weakly
above over exceeds | below under beneath
before beforehand earlier preceding precede precedes | after afterwards later following follow follows subsequent
first initial initially beginning start starts begin begins | last final finally end ends
always | never
all every | none
all every > some one single most many
most many majority | small few minority little
early earlier earliest | late later latest
always > usually often sometimes typically mostly rarely
many most | few
frequent frequently common often | rare rarely seldom uncommon infrequent scarce
easy easier simple simpler | hard harder difficult complex complicated
long longer longest | short shorter shortest
deep deeper | shallow
wide wider broad | narrow narrower
true | false
positive positives | negative negatives
same equal identical | different unequal
together jointly | separately apart independently
include includes included including contain contains | exclude excludes excluded excluding omit omits leave leaves
keep keeps kept keeping retain retains remain remains stay stays preserve preserves | remove removes removed drop drops dropped discard discards vanish vanishes lose loses lost delete deletes destroy destroys
add adds added adding | subtract subtracts remove removes
split splits divide divides | merge merges join joins
allow allows enable enables permit permits | prevent prevents forbid forbids block blocks
use uses apply | avoid avoids
succeed succeeds success | fail fails failed failure failures
accept accepts | reject rejects refuse refuses
needed necessary required need needs require requires | unnecessary needless optional
useful helpful helps | useless harmful
possible | impossible
sparse | dense
constant fixed static frozen | variable changing dynamic trainable
contextual | static
linear | nonlinear
local | global remote
known seen | unknown unseen
old older oldest | new newer newest recent
left | right
forward | backward
horizontal horizontally | vertical vertically
synchronous synchronously | asynchronous asynchronously
supervised | unsupervised
parametric | nonparametric
online | offline
training train trained | test testing tested | validation validating validate development
bias | variance
precision | recall
precision | accuracy
classification classifier | regression regressor
categorical | numeric numerical
feature features input inputs | label labels target output outputs
row rows | column columns
student | teacher
encoder | decoder
client | server
producer | consumer
source | destination
read reads reading | write writes writing
push pushes upload uploads | pull pulls download downloads
upper top | lower bottom
inner | outer
minimum minimal min minimize minimizes minimise minimises | maximum maximal max maximize maximizes maximise maximises
numerator | denominator
parent | child
overfit overfits overfitting | underfit underfits underfitting
explicit explicitly | implicit implicitly
hidden | visible
public | private
safe secure | unsafe insecure
stateful | stateless
mutable | immutable
"""  # noqa: E501

# On an axis with ">" a claim may say the second where the quote says the first, as the weaker.
ONE_WAY = frozenset(n for n, line in enumerate(AXES.strip().splitlines()) if ">" in line)


@lru_cache(maxsize=1)
def sides() -> dict[str, tuple[tuple[int, int], ...]]:
    """Give for each word's stem the axes it lies on, each with its side."""
    found: dict[str, list[tuple[int, int]]] = {}
    for axis, line in enumerate(AXES.strip().splitlines()):
        for side, words in enumerate(re.split("[|>]", line)):
            for word in words.split():
                places = found.setdefault(stem(word), [])
                if (axis, side) not in places:
                    places.append((axis, side))
    return {word: tuple(places) for word, places in found.items()}


def opposed(one: str, other: str) -> bool:
    """Say whether two stems stand on different sides of one axis, and nowhere on the same."""
    lies, against = dict(sides().get(one, ())), dict(sides().get(other, ()))
    common = lies.keys() & against.keys()
    return bool(common) and all(lies[axis] != against[axis] for axis in common)


def follows(axis: int, claimed: int) -> bool:
    """Say whether the side that a claim is on follows from the other one."""
    return axis in ONE_WAY and claimed == 1
