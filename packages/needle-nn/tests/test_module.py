"""Finding parameters, buffers and modules; modes; state dicts."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needle_autograd import BackendUnavailable, DeviceError, Tensor, cpu, creation, cuda, set_backend
from needle_nn import BatchNorm1d, Dropout, Linear, Module, Parameter, ReLU, Sequential, StateDictError


def parameter(*values):
    return Parameter(np.asarray(values, dtype="float32"))


class Branches(Module):
    """Keeps parameters in every kind of place, and never calls super().__init__()."""

    def __init__(self):
        self.scale = parameter(1.0)
        self.listed = [parameter(2.0), (parameter(3.0), 7)]
        self.named = {"left": {"deep": [Linear(2, 2)]}, "text": "x"}
        self.norm = BatchNorm1d(2)
        self.same = self.scale
        self.again = self.norm
        self._hidden = creation.ones(3)
        self._secret = parameter(4.0)
        self.table = creation.zeros(2)

    def forward(self, x):
        return self.scale * x


PARAMETERS = [
    "scale",
    "listed.0",
    "listed.1.0",
    "named.left.deep.0.weight",
    "named.left.deep.0.bias",
    "norm.weight",
    "norm.bias",
    "_secret",
]
BUFFERS = ["norm.running_mean", "norm.running_var", "table"]


def test_parameters_are_found_everywhere_once_and_in_attribute_order():
    module = Branches()
    named = dict(module.named_parameters())
    assert list(named) == PARAMETERS
    assert named["named.left.deep.0.weight"] is module.named["left"]["deep"][0].weight
    assert all(a is b for a, b in zip(module.parameters(), named.values(), strict=True))
    assert module.num_parameters() == 1 + 1 + 1 + 4 + 2 + 2 + 2 + 1


def test_other_tensors_are_buffers_unless_their_name_starts_with_an_underscore():
    module = Branches()
    assert [name for name, _ in module.named_buffers()] == BUFFERS
    assert module.buffers()[-1] is module.table


def test_modules_and_children_are_found_through_containers():
    module = Branches()
    linear = module.named["left"]["deep"][0]
    assert dict(module.named_modules()) == {"": module, "named.left.deep.0": linear, "norm": module.norm}
    assert module.children() == [linear, module.norm]
    assert Sequential(module).children() == [module]
    assert Sequential(module)._children() == [module, linear, module.norm]


def test_a_module_that_contains_itself_is_walked_once():
    module = Branches()
    module.named["self"] = module
    module.named["loop"] = module.named
    assert [name for name, _ in module.named_parameters()] == PARAMETERS
    assert module.eval().training is False


def test_an_activation_that_forward_remembers_is_no_buffer():
    module = Branches()
    module.last = module(Tensor([1.0]))
    assert "last" not in module.state_dict()
    module.last = module.last.detach()
    assert "last" in module.state_dict()


def test_a_plain_tensor_in_the_place_of_a_parameter_is_found_if_it_requires_a_gradient():
    layer = Linear(2, 3)
    weight = Tensor(np.ones((2, 3), dtype="float32"))
    layer.weight = weight
    layer(Tensor(np.ones((1, 2), dtype="float32"))).sum().backward()
    assert layer.parameters()[0] is weight
    assert weight.grad.shape == (2, 3)
    layer.weight = Tensor(np.ones((2, 3), dtype="float32"))
    assert layer.parameters()[0] is layer.weight
    layer.weight = Tensor(np.ones((2, 3), dtype="float32"), requires_grad=False)
    assert [name for name, _ in layer.named_parameters()] == ["bias"]
    assert [name for name, _ in layer.named_buffers()] == ["weight"]


def test_a_plain_tensor_in_an_attribute_of_its_own_is_a_buffer_even_if_it_requires_a_gradient():
    module = Branches()
    module.table = Tensor([1.0])
    assert module.table.requires_grad
    assert [name for name, _ in module.named_parameters()] == PARAMETERS


def test_a_parameter_owns_its_memory():
    values = np.ones(3, dtype="float32")
    source = Tensor(values)
    first, second = Parameter(source), Parameter(source)
    first.cached_data[0] = 5
    np.testing.assert_array_equal(second.numpy(), [1, 1, 1])
    np.testing.assert_array_equal(source.numpy(), [1, 1, 1])
    np.testing.assert_array_equal(values, [1, 1, 1])
    spread = Parameter(Tensor([1.0]).broadcast_to((3,)))
    spread.cached_data[0] = 5
    np.testing.assert_array_equal(spread.numpy(), [5, 1, 1])
    assert spread.is_leaf()
    assert spread.requires_grad


def test_train_and_eval_reach_every_module_and_return_the_model():
    model = Sequential(Branches(), Dropout(0.5))
    assert model.training
    assert model.eval() is model
    assert not any(module.training for _, module in model.named_modules())
    assert model.train() is model
    assert all(module.training for _, module in model.named_modules())
    assert Module.training is True


def test_zero_grad_forgets_gradients():
    module = Branches()
    module(Tensor([2.0])).backward()
    assert module.scale.grad.item() == 2.0
    module.zero_grad()
    assert all(p.grad is None for p in module.parameters())


def test_to_moves_values_and_keeps_the_tensors():
    module = Branches()
    before = [*module.parameters(), *module.buffers()]
    values = [tensor.numpy().copy() for tensor in before]
    assert module.to(cpu()) is module
    after = [*module.parameters(), *module.buffers()]
    assert all(a is b for a, b in zip(before, after, strict=True))
    for tensor, value in zip(after, values, strict=True):
        np.testing.assert_array_equal(tensor.numpy(), value)


def test_to_a_device_that_is_not_there_is_refused_and_moves_nothing():
    if cuda().enabled():
        pytest.skip("there is a GPU")
    module = Branches()
    with pytest.raises((DeviceError, BackendUnavailable), match="cuda"):
        module.to(cuda())
    assert all(tensor.device == cpu() for tensor in [*module.parameters(), *module.buffers()])


def test_a_module_without_forward_says_what_to_define():
    class Empty(Module):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty has no forward; define `def forward\(self, x\)"):
        Empty()(1)


def test_repr_shows_the_tree_of_modules():
    assert repr(Sequential(Linear(2, 3), Sequential(ReLU(), Dropout(0.5)))) == (
        "Sequential(\n"
        "  (modules.0): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (modules.1): Sequential(\n"
        "    (modules.0): ReLU()\n"
        "    (modules.1): Dropout(p=0.5)\n"
        "  )\n"
        ")"
    )


def test_modules_can_be_copied_and_pickled():
    model = Sequential(Linear(2, 3), BatchNorm1d(3))
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin[0].weight is not model[0].weight
        assert isinstance(twin[0].weight, Parameter)
        for (name, a), (twin_name, b) in zip(model.state_dict().items(), twin.state_dict().items(), strict=True):
            assert name == twin_name
            np.testing.assert_array_equal(a.numpy(), b.numpy())


# State dicts


def test_a_state_dict_holds_copies_by_dotted_path():
    module = Branches()
    state = module.state_dict()
    assert sorted(state) == sorted(PARAMETERS + BUFFERS)
    module.scale.cached_data[0] = 9
    module.table.data = creation.ones(2)
    assert state["scale"].item() == 1.0
    assert state["table"].numpy().tolist() == [0, 0]
    assert not any(tensor.requires_grad for tensor in state.values())


def test_loading_copies_values_into_the_same_tensors():
    source, target = Branches(), Branches()
    tensors = [*target.parameters(), *target.buffers()]
    source.norm.running_var.data = Tensor(np.array([3.0, 4.0], dtype="float32"))
    state = source.state_dict()
    report = target.load_state_dict(state)
    assert report == ([], [])
    assert all(a is b for a, b in zip(tensors, [*target.parameters(), *target.buffers()], strict=True))
    for name, value in target.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), state[name].numpy())
    target.scale.cached_data[0] = 9
    assert state["scale"].item() == 1.0


def test_loading_keeps_the_kind_of_array_whatever_the_backend_is_now(backend):
    layer = Linear(2, 3)
    kinds = [type(parameter.cached_data) for parameter in layer.parameters()]
    set_backend("np" if backend == "nd" else "nd")
    layer.load_state_dict(Linear(2, 3).state_dict())
    assert [type(parameter.cached_data) for parameter in layer.parameters()] == kinds


def test_every_entry_that_does_not_fit_is_named_in_one_error_and_nothing_changes():
    module = Sequential(Linear(2, 3), BatchNorm1d(3))
    before = {name: value.numpy() for name, value in module.state_dict().items()}
    state = Sequential(Linear(2, 3), BatchNorm1d(3)).state_dict()
    del state["modules.1.running_var"], state["modules.0.bias"]
    state["modules.0.weight"] = np.zeros((3, 2), "float32")
    state["extra"] = np.zeros(5)
    state["modules.1.bias"] = np.zeros(3, "int64")
    with pytest.raises(StateDictError) as error:
        module.load_state_dict(state)
    assert str(error.value) == (
        "the state dict does not fit this Sequential:\n"
        "  missing: modules.0.bias (1, 3)\n"
        "  missing: modules.1.running_var (3,)\n"
        "  unexpected: extra (5,)\n"
        "  wrong shape: modules.0.weight is (3, 2), the module has (2, 3)\n"
        "  wrong dtype: modules.1.bias is int64, the module has float32\n"
        "Build the module with the arguments of the one that was saved, or pass strict=False to pass over missing and "
        "unexpected entries."
    )
    for name, value in module.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[name])


def test_without_strict_missing_and_unexpected_entries_are_reported_and_shapes_still_count():
    layer = Linear(2, 3)
    bias = layer.bias.numpy().copy()
    report = layer.load_state_dict({"weight": np.ones((2, 3), "float32"), "extra": np.ones(1)}, strict=False)
    assert report.missing == ["bias"]
    assert report.unexpected == ["extra"]
    np.testing.assert_array_equal(layer.weight.numpy(), np.ones((2, 3)))
    np.testing.assert_array_equal(layer.bias.numpy(), bias)
    with pytest.raises(StateDictError, match=r"wrong shape: weight is \(3, 2\), the module has \(2, 3\)\nBuild"):
        layer.load_state_dict({"weight": np.ones((3, 2), "float32")}, strict=False)


class Counter(Module):
    def __init__(self, dtype):
        self.count = Tensor(np.zeros(2, dtype), requires_grad=False)


@pytest.mark.parametrize(
    ("source", "wanted", "fits"),
    [
        (np.array([0.5, 1.5]), "float32", True),
        (np.array([0.5, 1.5], "float32"), "float64", True),
        (np.array([1, 2]), "int8", True),
        (np.array([1, 300]), "int8", False),
        (np.array([1, -1]), "uint8", False),
        (np.array([1.0, 2.0]), "int64", False),
        (np.array([1, 2]), "float32", False),
        (np.array([True, False]), "int64", False),
        (np.array([True, False]), "bool", True),
    ],
)
def test_dtypes_are_converted_within_their_kind_where_values_fit(source, wanted, fits):
    module = Counter(wanted)
    if fits:
        module.load_state_dict({"count": source})
        assert module.count.dtype == wanted
        np.testing.assert_array_equal(module.count.numpy(), source.astype(wanted))
    else:
        with pytest.raises(StateDictError, match=f"wrong dtype: count is {source.dtype}, the module has {wanted}"):
            module.load_state_dict({"count": source})


def test_two_tensors_of_one_path_are_refused():
    class Clash(Module):
        def __init__(self):
            self.table = {1: parameter(1.0), "1": parameter(2.0)}

    assert len(Clash().parameters()) == 2
    with pytest.raises(StateDictError, match=r"two tensors of this Clash have the path 'table.1'; rename one"):
        Clash().state_dict()


class Box(Module):
    def __init__(self, content):
        self.content = content


NAMES = st.text("abcdefgh", min_size=1, max_size=3)
SHAPES = st.lists(st.integers(0, 3), max_size=3).map(tuple)
CONTENTS = st.recursive(
    st.none() | st.integers() | st.tuples(st.sampled_from(["parameter", "buffer"]), SHAPES),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3)
        | st.tuples(st.just("module"), inner)
        | st.tuples(st.just("pair"), inner, inner)
    ),
    max_leaves=8,
)


def build(content, rng, expected, path):
    """Make what a strategy describes, and note the values of every tensor by the path that it should have."""
    match content:
        case ("parameter" | "buffer" as kind, shape):
            expected[path] = rng.normal(size=shape).astype("float32")
            return Parameter(expected[path]) if kind == "parameter" else Tensor(expected[path], requires_grad=False)
        case ("module", inner):
            return Box(build(inner, rng, expected, f"{path}.content"))
        case ("pair", *inner):
            return tuple(build(item, rng, expected, f"{path}.{i}") for i, item in enumerate(inner))
        case list():
            return [build(item, rng, expected, f"{path}.{i}") for i, item in enumerate(content)]
        case dict():
            return {key: build(item, rng, expected, f"{path}.{key}") for key, item in content.items()}
        case _:
            return content


@settings(max_examples=60, deadline=None)
@given(content=CONTENTS)
def test_a_state_dict_of_any_nesting_round_trips(content):
    expected, other = {}, {}
    source = Box(build(content, np.random.default_rng(0), expected, "content"))
    target = Box(build(content, np.random.default_rng(1), other, "content"))
    state = source.state_dict()
    assert list(state) == list(expected)
    target.load_state_dict(state)
    for path, value in target.state_dict().items():
        assert value.shape == expected[path].shape
        np.testing.assert_array_equal(value.numpy(), expected[path])
