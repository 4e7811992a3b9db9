"""Pickles name places that stay, so that one is read by any version and by either engine."""

import base64
import pickle
import pickletools

import pytest

import micrograph as mg
from micrograph import Graph, Value

OLD = """
fCQCE0ssI20001t4{d2<a&KpHVQ^?JWMyS=l#B;oX>@aCY-W>a0E`G<a%FRLZ*pamT_}tYZE0h2Z)b90aA+=eVQh6}j0IL<Y
;|RmlqrE|0V#oK0V#oK0V#oK0V#oK0V#o$WnCy;C`UjP00000002io2mk;80001t0b!I*DTqq|bWVp|C`UjD00000002io7y
tkO0001t0b-O+DTqq|bWVp|C`Uj500000002ioA^-pY0001t0b`U-DTqq|bWVp|C`$oL0%a&iKo|f300000M?eSw000000E_
{3l#C8-X=8G4XL4b1XfASZcZ>;gZ+BmAVQpn(la!1DZFOvgQj|wP000000000-KnMT;00000hKNf5bWVp|C`$lK17#>jKqde
H00000M?eSw0000008VHJj00h0WQ9_cM?dfY0000007pOY00000004%FO8|6Ehg~Q~KnMT;00000O9W*oM?gS;0000007pOY
00000004{uN|a~_M?eSw000000ELK40CY}=Wrk9PQZQ%&j1X;UV{&h2a$#_2E@yIKaA=f_1xIpWaA=b#XbX%4PH$volawfE1
5PPNKokG~00000bb)9LC};#uDMvsE00000004A>XbdQ51x_hPKmY&$00000bb)9LC};*~2ulG=0)|IG7ytkO0001VfoKdUi~
@EsXbDRIO9O^SKqdeH00000bb)9LC};|32uDB&00000002t_hDSg^fB*mh004A>bV~(=hEj$u
"""
"""``(J, Graph.of(J))``, pickled by both engines of commit 65000ba, to the same bytes."""


def seed():
    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    u = (b * c).named("u")
    J = (3 * (a + u)).named("J")
    J.backward()
    return J


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_names_stable_places_alone(protocol):
    data = pickle.dumps((seed(), Graph.of(seed())), protocol)
    words = [x for _, x, _ in pickletools.genops(data) if isinstance(x, str)]
    named = {word.split()[0] for word in words if word.startswith("micrograph")}
    assert named == {"micrograph", "micrograph.graph"}
    J, graph = pickle.loads(data)
    assert graph(a=6) == 36.0
    assert [n.grad for n in J.walk()] == [n.grad for n in seed().walk()]


def test_a_pickle_of_the_first_version_is_read():
    J, graph = pickle.loads(base64.b85decode(OLD.replace("\n", "")))
    assert type(J) is Value
    assert [(n.name, n.data, n.grad, n.op, n.partials) for n in J.walk()] == [
        (n.name, n.data, n.grad, n.op, n.partials) for n in seed().walk()
    ]
    assert (J.node("b").grad, J.op, graph(a=6)) == (6.0, mg.mul, 36.0)
