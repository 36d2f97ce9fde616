"""Distillation: the loss against NumPy and its limits, features, and a student that gains by its teacher."""

import io

import numpy as np
import pytest

import ravine
from ravine import autograd, errors, nn, optim
from ravine.nn import functional as F
from ravine.train import Callback, FeatureMatching, distill, distillation_loss
from ravine.utils.data import DataLoader, TensorDataset


def softmax(x):
    x = np.exp(x - x.max(1, keepdims=True))
    return x / x.sum(1, keepdims=True)


def test_the_loss_is_its_formula():
    rng = np.random.default_rng(0)
    for n, classes, temperature, alpha in ((1, 2, 1.0, 0.3), (7, 5, 4.0, 0.9), (3, 1, 2.0, 1.0)):
        student, teacher = 3 * rng.standard_normal((2, n, classes))
        labels = rng.integers(0, classes, n)
        own, soft = softmax(student / temperature), softmax(teacher / temperature)
        apart = (soft * (np.log(soft) - np.log(own))).sum(1).mean()
        hard = -np.log(softmax(student)[np.arange(n), labels]).mean()
        loss = distillation_loss(
            *map(ravine.tensor, (student, teacher, labels)), temperature=temperature, alpha=alpha
        )
        expected = (1 - alpha) * hard + alpha * temperature**2 * apart
        np.testing.assert_allclose(loss.item(), expected, rtol=1e-10, atol=1e-14)


def test_no_gradient_flows_to_the_teacher_and_t_squared_keeps_the_students():
    ravine.manual_seed(0)
    student = ravine.randn(4, 3, dtype=ravine.float64, requires_grad=True)
    teacher = ravine.randn(4, 3, dtype=ravine.float64, requires_grad=True)
    labels = ravine.tensor([0, 1, 2, 1])
    distillation_loss(student, teacher, labels).backward()
    assert teacher.grad is None
    assert autograd.gradcheck(lambda s: distillation_loss(s, teacher.detach(), labels), (student,))
    # At high temperatures it is half of the squared distance of the centred logits, by classes.
    apart = (student - student.mean(1, keepdim=True)) - (teacher - teacher.mean(1, keepdim=True))
    limit = (apart.square().sum() / (2 * 3 * 4)).item()
    hot = distillation_loss(student, teacher, labels, temperature=1e3, alpha=1.0).item()
    assert hot == pytest.approx(limit, rel=5e-3)


def test_features_are_compared_at_the_teachers_width():
    ravine.manual_seed(0)
    match = FeatureMatching(3, 5).double()
    student = ravine.randn(4, 3, dtype=ravine.float64)
    teacher = ravine.randn(4, 5, dtype=ravine.float64, requires_grad=True)
    weight, bias = (p.detach().numpy() for p in match.project.parameters())
    expected = ((student.numpy() @ weight.T + bias - teacher.detach().numpy()) ** 2).mean()
    loss = match(student, teacher)
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-10)
    loss.backward()
    assert teacher.grad is None
    with pytest.raises(errors.ShapeError, match=r"\(\.\.\., 3\) and \(\.\.\., 5\)"):
        match(teacher, student)


def test_row_162_a_student_gains_by_its_teacher_and_alone_it_is_the_cross_entropy():
    """Labels drawn from the teacher's probabilities; three draws, a linear student, unseen samples."""
    gained = []
    for seed in range(3):
        ravine.manual_seed(seed)
        teacher = nn.Linear(10, 4, bias=False)
        nn.init.normal_(teacher.weight, std=0.5)
        x, unseen = ravine.randn(60, 10), ravine.randn(2000, 10)
        with ravine.no_grad():
            soft, truth = teacher(x), teacher(unseen).argmax(1)
        labels = soft.softmax(1).multinomial(1).flatten()
        logits = ravine.randn(60, 4)
        alone = distillation_loss(logits, soft, labels, temperature=1.0, alpha=0.0)
        assert alone.item() == F.cross_entropy(logits, labels).item()
        right = []
        for alpha in (0.0, 0.9):
            student = nn.Linear(10, 4)
            optimizer = ravine.optim.Adam(student.parameters(), lr=0.05)
            for _ in range(150):
                loss = distillation_loss(student(x), soft, labels, temperature=2.0, alpha=alpha)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            right.append((student(unseen).argmax(1) == truth).float().mean().item())
        gained.append(right[1] - right[0])
    assert min(gained) > 0.02, gained


def taught(**options):
    """A student of a fixed teacher on shuffled batches: its losses and weights."""
    ravine.manual_seed(0)
    teacher, student = nn.Linear(4, 3), nn.Linear(4, 3)
    x = ravine.randn(24, 4)
    loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=10, shuffle=True, seed=0)
    optimizer = optim.SGD(student.parameters(), lr=0.5)
    done = distill(student, teacher, loader, optimizer, epochs=3, stream=io.StringIO(), **options)
    return done, student, teacher, x


def test_distilling_is_the_loop_with_its_loss():
    done, student, teacher, x = taught(alpha=0.3, temperature=2.0)
    ravine.manual_seed(0)
    other, twin = nn.Linear(4, 3), nn.Linear(4, 3)
    loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=10, shuffle=True, seed=0)
    optimizer, losses = optim.SGD(twin.parameters(), lr=0.5), []
    for _ in range(3):
        for batch, labels in loader:
            optimizer.zero_grad()
            loss = distillation_loss(twin(batch), other(batch), labels, alpha=0.3, temperature=2.0)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert done.losses == losses
    assert (twin.weight == student.weight).all()
    assert (other.weight == teacher.weight).all()
    assert teacher.weight.grad is None


def test_a_distillation_that_was_stopped_goes_on(tmp_path):
    whole, student, _, _ = taught(out=tmp_path / "whole")

    class Stop(Callback):
        def after_step(self, fit):
            if fit.steps == 4:
                fit.run.save()
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taught(out=tmp_path / "parted", callbacks=[Stop()])
    _, twin, _, _ = taught(out=tmp_path / "parted", callbacks=[Callback()], resume=True)
    assert (twin.weight == student.weight).all()
    assert whole.steps == 9
