"""The branch of a review campaign: a few documents, and what people change in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

ENVIRONMENT = "environments/prod.yaml"
REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
DEAR, CHEAP = "ml.p4d.24xlarge", "ml.m5.large"


@dataclass(frozen=True, slots=True)
class Tree:
    """What the documents say, as far as somebody changes it."""

    wine: bool = True
    version: int = 1
    depth: int = 1
    attempts: int = 1
    stops: bool = False
    keep_alive: int = 0
    tag: int = 0
    gate: float = 0.0
    beer: bool = False
    beer_version: int = 1
    beer_depth: int = 1
    model: bool = True
    model_prunes: bool = True
    model_tag: int = 0
    model_image: str = "serve:1.0"
    endpoint: bool = True
    endpoint_prunes: bool = True
    instance_type: str = CHEAP
    price: float = 0.128
    team: str = ""
    region: str = "eu-west-1"
    prefix: str = ""
    newcomer: bool = False

    def files(self) -> dict[str, str]:
        """Path and text of every document."""
        found = {ENVIRONMENT: self._environment(), "jobs/keep.yaml": _job("keep", 1, 1)}
        if self.newcomer:
            found["jobs/tea.yaml"] = _job("tea", 1, 1)
        if not self.wine:
            return found
        found["jobs/wine.yaml"] = self._wine()
        if self.beer:
            inputs = ["inputs: {base: {job: wine}}", *self._retry()]
            found["jobs/beer.yaml"] = _job("beer", self.beer_version, self.beer_depth, *inputs)
        if self.model:
            found["jobs/model.yaml"] = self._model()
            if self.endpoint:
                found["jobs/endpoint.yaml"] = self._endpoint()
        return found

    def _retry(self) -> list[str]:
        return [f"retry: {{max_attempts: {self.attempts}}}"] if self.attempts > 1 else []

    def _environment(self) -> str:
        return _document(
            "kind: Environment",
            "name: prod",
            'account_id: "444455556666"',
            f"region: {self.region}",
            "bucket: acme-ml",
            "role_arn: arn:aws:iam::444455556666:role/ml",
            "repository: github.com/acme/ml",
            f"prices: {{{CHEAP}: {self.price}, {DEAR}: 37.7}}",
            *([f"tags: {{team: {self.team}}}"] if self.team else []),
            *([f"name_prefix: {self.prefix}"] if self.prefix else []),
        )

    def _wine(self) -> str:
        return _job(
            "wine",
            self.version,
            self.depth,
            *self._retry(),
            *(["on_delete: stop"] if self.stops else []),
            *([f"tags: {{color: c{self.tag}}}"] if self.tag else []),
            "metrics: {depth: 'depth=([0-9]+)'}",
            *([f"gates: {{depth: {{min: {self.gate}}}}}"] if self.gate else []),
            keep_alive=f", keep_alive_period: {self.keep_alive}s" if self.keep_alive else "",
        )

    def _model(self) -> str:
        return _document(
            "kind: Model",
            "name: wine-model",
            "artifact: {job: wine}",
            f"container: {{image: {REGISTRY}/{self.model_image}}}",
            *(["prune: true"] if self.model_prunes else []),
            *([f"tags: {{color: c{self.model_tag}}}"] if self.model_tag else []),
        )

    def _endpoint(self) -> str:
        variant = f"model: wine-model, instance_type: {self.instance_type}"
        return _document(
            "kind: Endpoint",
            "name: wine-live",
            f"variants: {{main: {{{variant}, initial_instance_count: 1}}}}",
            "on_delete: delete",
            *(["prune: true"] if self.endpoint_prunes else []),
        )


def _document(*lines: str) -> str:
    return "\n".join(["apiVersion: sagemaker-gitops/v1", *lines, ""])


def _job(name: str, version: int, depth: int, *lines: str, keep_alive: str = "") -> str:
    return _document(
        "kind: TrainingJob",
        f"name: {name}",
        f"version: {version}",
        f"container: {{image: {REGISTRY}/train:1.0}}",
        f"hyperparameters: {{depth: {depth}}}",
        f"compute: {{instance_type: {CHEAP}, instance_count: 1{keep_alive}}}",
        "stopping_condition: {max_runtime: 1h}",
        *lines,
    )


Edit = Callable[[Tree], Tree]


def _wine_moves(tree: Tree) -> Tree:
    return replace(tree, version=tree.version + 1, depth=tree.depth + 1)


def _beer_moves(tree: Tree) -> Tree:
    return replace(tree, beer_version=tree.beer_version + 1, beer_depth=tree.beer_depth + 1)


def _wine_goes_back(tree: Tree) -> Tree:
    """The last version again, as it was."""
    if tree.version == 1:
        return tree
    return replace(tree, version=tree.version - 1, depth=max(1, tree.depth - 1))


PROPOSED: Mapping[str, Edit] = {
    "new wine": _wine_moves,
    "the wine before as a new version": lambda t: replace(
        t, version=t.version + 1, depth=max(1, t.depth - 1)
    ),
    "the same wine as a new version": lambda t: replace(t, version=t.version + 1),
    "back to the version before": _wine_goes_back,
    "new beer": _beer_moves,
    "new wine and new beer": lambda t: _beer_moves(_wine_moves(t)),
    "beer comes or goes": lambda t: replace(t, beer=not t.beer),
    "one attempt": lambda t: replace(t, attempts=1),
    "two attempts": lambda t: replace(t, attempts=2),
    "three attempts": lambda t: replace(t, attempts=3),
    "on_delete on or off": lambda t: replace(t, stops=not t.stops),
    "keep_alive on or off": lambda t: replace(t, keep_alive=600 - t.keep_alive),
    "a gate on or off": lambda t: replace(t, gate=0.5 - t.gate),
    "another tag of the wine": lambda t: replace(t, tag=t.tag + 1),
    "another tag of the model": lambda t: replace(t, model_tag=t.model_tag + 1),
    "prune of the model on or off": lambda t: replace(t, model_prunes=not t.model_prunes),
    "prune of the endpoint on or off": lambda t: replace(t, endpoint_prunes=not t.endpoint_prunes),
    "the other serving image": lambda t: replace(
        t, model_image="serve:1.1" if t.model_image == "serve:1.0" else "serve:1.0"
    ),
    "the other instance type": lambda t: replace(
        t, instance_type=CHEAP if t.instance_type == DEAR else DEAR
    ),
    "the endpoint comes or goes": lambda t: replace(t, endpoint=not t.endpoint),
    "the model comes or goes": lambda t: replace(t, model=not t.model),
    "the wine comes or goes": lambda t: replace(t, wine=not t.wine),
    "the other price": lambda t: replace(t, price=0.5 if t.price == 0.128 else 0.128),
    "a tag of the environment on or off": lambda t: replace(t, team="" if t.team else "red"),
}
"""What a pull request may do."""

PUSHED: Mapping[str, Edit] = {
    "content": lambda t: replace(t, version=t.version + 1, depth=99),
    "a gate": lambda t: replace(t, gate=0.9),
    "more attempts": lambda t: replace(t, attempts=9),
    "keep_alive": lambda t: replace(t, keep_alive=1200),
    "the instance type of the endpoint": lambda t: replace(t, instance_type="ml.m5.4xlarge"),
    "the region": lambda t: replace(t, region="us-east-1"),
    "the prefix of names": lambda t: replace(t, prefix="other-"),
    "a new job": lambda t: replace(t, newcomer=True),
    "no endpoint": lambda t: replace(t, endpoint=False),
    "no wine": lambda t: replace(t, wine=False),
}
"""What somebody may push that no pull request showed."""
