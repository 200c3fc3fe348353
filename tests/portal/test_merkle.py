"""The vectors are those of transparency-dev/merkle (testonly/constants.go, reference_test.go)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import merkle

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Nodes of the tree of eight: [from, to) -> hash.
NODES = {
    (0, 1): "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    (1, 2): "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    (4, 5): "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    (0, 2): "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    (2, 4): "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    (4, 6): "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    (6, 8): "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    (0, 4): "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    (4, 8): "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
}
INCLUSION = [
    (0, 1, []),
    (0, 2, [(1, 2)]),
    (1, 2, [(0, 1)]),
    (2, 3, [(0, 2)]),
    (1, 5, [(0, 1), (2, 4), (4, 5)]),
    (0, 8, [(1, 2), (2, 4), (4, 8)]),
    (5, 8, [(4, 5), (6, 8), (0, 4)]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [(1, 2), (2, 4), (4, 8)]),
    (2, 5, [(2, 4), (4, 5)]),
    (6, 8, [(4, 6), (6, 8), (0, 4)]),
]

leaf_lists = st.lists(st.binary(max_size=4).map(merkle.leaf_hash), min_size=1, max_size=70)


def nodes(spans):
    return [bytes.fromhex(NODES[span]) for span in spans]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size):
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "spans"), INCLUSION)
def test_the_published_inclusion_proofs_come_out(index, size, spans):
    proof = merkle.inclusion_proof(LEAVES[:size], index)

    assert proof == nodes(spans)
    assert merkle.verify_inclusion(LEAVES[index], index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new", "spans"), CONSISTENCY)
def test_the_published_consistency_proofs_come_out(old, new, spans):
    proof = merkle.consistency_proof(LEAVES[:new], old)

    assert proof == nodes(spans)
    old_root, new_root = bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new])
    assert merkle.verify_consistency(old, new, old_root, new_root, proof)


def recursive_root(leaves):
    """The definition in the RFC, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else merkle.EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(recursive_root(leaves[:split]), recursive_root(leaves[split:]))


@given(leaves=leaf_lists)
def test_appending_one_by_one_gives_the_root_of_the_definition(leaves):
    assert merkle.root(leaves) == recursive_root(leaves)


@given(leaves=leaf_lists, cut=st.integers(0, 70))
def test_a_stored_frontier_goes_on_where_it_stopped(leaves, cut):
    cut = min(cut, len(leaves))
    first = merkle.Frontier()
    for leaf in leaves[:cut]:
        first.append(leaf)

    second = merkle.Frontier.load(first.size, first.dump())
    for leaf in leaves[cut:]:
        second.append(leaf)

    assert second.size == len(leaves)
    assert second.root() == recursive_root(leaves)
    assert len(second.peaks) <= 7


@pytest.mark.parametrize(("size", "peaks"), [(1, []), (0, ["00" * 32]), (1, ["00"]), (1, ["zz"])])
def test_a_damaged_frontier_is_refused(size, peaks):
    with pytest.raises(ValueError, match=r"peaks|non-hexadecimal"):
        merkle.Frontier.load(size, peaks)


@given(leaves=leaf_lists, data=st.data())
def test_every_leaf_is_proved_and_no_other(leaves, data):
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    tree_root = merkle.root(leaves)
    proof = merkle.inclusion_proof(leaves, index)

    assert merkle.verify_inclusion(leaves[index], index, size, proof, tree_root)
    other = merkle.leaf_hash(b"slipped in")
    assert not merkle.verify_inclusion(other, index, size, proof, tree_root)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*proof, other], tree_root)
    assert not merkle.verify_inclusion(leaves[index], size, size, proof, tree_root)
    assert not merkle.verify_inclusion(leaves[index], -1, size, proof, tree_root)
    if proof:
        assert not merkle.verify_inclusion(leaves[index], index, size, proof[:-1], tree_root)
        wrong = data.draw(st.integers(0, len(proof) - 1))
        forged = [*proof[:wrong], other, *proof[wrong + 1 :]]
        assert not merkle.verify_inclusion(leaves[index], index, size, forged, tree_root)


@given(leaves=leaf_lists, data=st.data())
def test_every_older_tree_is_proved_and_no_rewritten_one(leaves, data):
    new = len(leaves)
    old = data.draw(st.integers(0, new))
    old_root, new_root = merkle.root(leaves[:old]), merkle.root(leaves)
    proof = merkle.consistency_proof(leaves, old)

    assert merkle.verify_consistency(old, new, old_root, new_root, proof)
    other = merkle.leaf_hash(b"slipped in")
    assert not merkle.verify_consistency(old, new, other, new_root, proof)
    assert not merkle.verify_consistency(old, new, old_root, new_root, [*proof, other])
    assert not merkle.verify_consistency(new + 1, new, old_root, new_root, proof)
    assert not merkle.verify_consistency(-1, new, old_root, new_root, proof)
    if old:
        assert not merkle.verify_consistency(old, new, old_root, other, proof)
    else:
        assert not merkle.verify_consistency(0, 0, old_root, other, [])
    if proof:
        assert not merkle.verify_consistency(old, new, old_root, new_root, proof[:-1])
        assert not merkle.verify_consistency(old, new, old_root, new_root, [])
        wrong = data.draw(st.integers(0, len(proof) - 1))
        forged = [*proof[:wrong], other, *proof[wrong + 1 :]]
        assert not merkle.verify_consistency(old, new, old_root, new_root, forged)


def test_proofs_of_places_that_do_not_exist_are_refused():
    for index in (-1, 8):
        with pytest.raises(ValueError, match="no such leaf"):
            merkle.inclusion_proof(LEAVES, index)
    for size in (-1, 9):
        with pytest.raises(ValueError, match="older tree"):
            merkle.consistency_proof(LEAVES, size)


def test_a_leaf_cannot_pass_for_a_node():
    left, right = LEAVES[:2]

    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
