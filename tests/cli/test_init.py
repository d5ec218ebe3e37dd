"""`reconciler init`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from reconciler.cli.console import Console
from reconciler.cli.main import cli
from reconciler.cli.scaffold import fill
from reconciler.core.schema import schema_text
from reconciler.kinds import KINDS

AWS = ("--account", "111122223333", "--region", "eu-west-1", "--bucket", "acme-ml")
ACTION = f"acme/sagemaker-gitops@{'a1' * 20}"
GITHUB = (
    *("--ci", "github", *AWS, "--repository", "acme/ml", "--owners", "@acme/ml-team"),
    *("--action", ACTION),
)
ROLES = "infrastructure/aws/prod-roles.yaml"


def init(folder: Path, *arguments: str, text: str | None = None) -> Result:
    """Run `init` in a folder."""
    return CliRunner().invoke(cli, ["-C", str(folder), "init", *arguments], input=text)


def run(folder: Path, *arguments: str) -> Result:
    """Run another command there."""
    return CliRunner().invoke(cli, ["-C", str(folder), *arguments])


def git(folder: Path, *arguments: str) -> bytes:
    """Run git there."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout


NEXT = """
Next:
  git init && git add -A && git commit -m 'Set up sagemaker-gitops'
  reconciler plan -e local
  reconciler apply -e local
"""


@pytest.mark.parametrize("options", [(), GITHUB], ids=["local", "github"])
def test_an_empty_folder_becomes_a_repository_whose_example_trains(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """The commands that init ends with work one after the other, and then nothing is to do.

    Documents are valid before the first commit already.
    """
    result = init(tmp_path, *options)
    assert result.exit_code == 0
    assert "wrote       jobs/example/line.yaml\n" in result.stdout
    assert NEXT in result.stdout and (options or result.stdout.endswith(NEXT))
    git(tmp_path, "init", "-q")
    assert run(tmp_path, "validate").stdout == "All documents are valid.\n"
    assert run(tmp_path, "schema", "--check").exit_code == 0
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "Set up")
    assert "+ launch   line 1" in run(tmp_path, "plan", "-e", "local").stdout
    applied = run(tmp_path, "apply", "-e", "local")
    assert applied.exit_code == 0 and "✓ line 1" in applied.stdout, applied.output
    assert "train:loss 0.0003" in applied.stdout
    assert run(tmp_path, "plan", "--exit-code").exit_code == 0
    assert git(tmp_path, "status", "--porcelain") == b""


def test_all_that_github_and_aws_need_is_written_and_valid(tmp_path: Path) -> None:
    """No hole is left in any file, and the documents are valid."""
    git(tmp_path, "init", "-q")
    result = init(tmp_path, *GITHUB)
    assert result.exit_code == 0, result.output
    files = [f for f in tmp_path.rglob("*") if f.is_file() and ".git" not in f.parts]
    assert not [file for file in files if "@{" in file.read_text() or "@{" in file.name]
    paths = {file.relative_to(tmp_path).as_posix() for file in files}
    assert paths >= {
        ROLES,
        ".github/CODEOWNERS",
        ".github/workflows/plan.yml",
        ".github/workflows/reconcile.yml",
        ".gitignore",
        ".vscode/settings.json",
        "environments/prod.yaml",
        "infrastructure/aws/prod-events.yaml",
        "infrastructure/github/ruleset-main.json",
        "schemas/spec.v1.json",
    }
    assert (tmp_path / "schemas/spec.v1.json").read_text() == schema_text(KINDS)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "Set up")
    assert run(tmp_path, "validate").exit_code == 0
    assert "/jobs/            @acme/ml-team" in (tmp_path / ".github/CODEOWNERS").read_text()


def test_the_workflows_are_those_of_this_project_but_for_where_the_action_is(
    tmp_path: Path,
) -> None:
    """There is one text of them, proven by this project's own tests."""
    init(tmp_path, *GITHUB)
    for name in ("plan", "reconcile"):
        path = f".github/workflows/{name}.yml"
        ours = (Path(__file__).parents[2] / path).read_text()
        assert ours.count("uses: ./\n") >= 2
        expected = ours.replace("uses: ./\n", f"uses: {ACTION}\n")
        assert (tmp_path / path).read_text() == expected


def test_workflows_that_call_ours_have_the_names_of_the_copied_ones(tmp_path: Path) -> None:
    """What starts and names them stays as it is; they come only with --ci."""
    result = init(tmp_path, "called", *GITHUB, "--workflows", "called")
    assert result.exit_code == 0, result.output
    init(tmp_path, "copied", *GITHUB)
    folders = [tmp_path / name / ".github/workflows" for name in ("called", "copied")]
    called, copied = ({path.name: path.read_text() for path in f.iterdir()} for f in folders)
    assert called.keys() == copied.keys()
    project, _, commit = ACTION.partition("@")
    for name, text in called.items():
        assert f"    uses: {project}/.github/workflows/reusable-{name}@{commit}\n" in text
        assert "@{" not in text and "steps:" not in text and ACTION not in text
    init(tmp_path, "plain", *AWS, "--workflows", "called")
    assert not (tmp_path / "plain/.github").exists()


def test_an_app_and_workflows_of_another_owner_do_not_go_together(tmp_path: Path) -> None:
    """GitHub hands secrets on within an organization or enterprise only."""
    called = (*GITHUB, "--workflows", "called")
    theirs = ("--action", f"vendor/sagemaker-gitops@{'a1' * 20}")
    result = init(tmp_path, "a", *called, *theirs, "--app-id", "4711")
    assert result.exit_code == 2 and "--workflows called does not go with --app-id" in result.stderr
    assert not (tmp_path / "a").exists()
    assert init(tmp_path, "b", *called, *theirs).exit_code == 0
    assert init(tmp_path, "c", *called, "--app-id", "4711").exit_code == 0


def test_zizmor_finds_nothing_in_what_is_written(tmp_path: Path) -> None:
    """Without any exception: a new repository has no settings for it."""
    beside = Path(sys.executable).with_name("zizmor")
    zizmor = str(beside) if beside.exists() else shutil.which("zizmor")
    if zizmor is None:
        pytest.skip("zizmor is not installed")
    init(tmp_path, *GITHUB)
    words = [zizmor, "--offline", "--persona=auditor", "--no-progress", "."]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_settings_that_the_workflows_need_are_commands(tmp_path: Path) -> None:
    """Printed and kept; those of the App only with one; the list of environments last."""
    plain, app = tmp_path / "plain", tmp_path / "app"
    printed = init(tmp_path, str(plain), *GITHUB).stdout
    _, _, settings = printed.partition("and on GitHub:\n")
    lines = [line.strip() for line in settings.splitlines()]
    roles = "--body arn:aws:iam::111122223333:role/sagemaker-gitops-prod-"
    assert lines == [
        f"gh variable set AWS_ROLE_ARN -R acme/ml --env prod-plan {roles}plan",
        "gh variable set AWS_REGION -R acme/ml --env prod-plan --body eu-west-1",
        f"gh variable set AWS_ROLE_ARN -R acme/ml --env prod {roles}apply",
        "gh variable set AWS_REGION -R acme/ml --env prod --body eu-west-1",
        "gh variable set RECONCILER_ENVIRONMENTS -R acme/ml --body '[\"prod\"]'",
    ]
    kept = (plain / "infrastructure/README.md").read_text()
    assert all(f"   {line}\n" in kept for line in lines)
    with_app = init(tmp_path, str(app), *GITHUB, "--app-id", "4711").stdout
    used = {
        name for text in workflows(app) for name in re.findall(r"(?:vars|secrets)\.(\w+)", text)
    }
    told = set(re.findall(r"gh (?:variable|secret) set (\w+)", with_app))
    assert told == used


def workflows(root: Path) -> list[str]:
    """The text of each workflow."""
    return [path.read_text() for path in (root / ".github/workflows").iterdir()]


def test_nothing_is_overwritten_and_what_is_left_alone_is_said(tmp_path: Path) -> None:
    """With the lines that a file of lines lacks; a second run changes nothing."""
    (tmp_path / ".gitignore").write_text("__pycache__/\nsecret\n")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/_defaults.yaml").write_text("mine\n")
    result = init(tmp_path)
    assert "left alone  .gitignore: it exists and differs\n" in result.stdout
    assert "it lacks: .reconciler/\n" in result.stdout
    assert "it lacks: locks/local/\n" in result.stdout
    assert "it lacks: __pycache__/" not in result.stdout
    assert "left alone  jobs/_defaults.yaml" in result.stdout
    assert (tmp_path / ".gitignore").read_text() == "__pycache__/\nsecret\n"
    assert (tmp_path / "jobs/_defaults.yaml").read_text() == "mine\n"
    again = init(tmp_path)
    assert again.exit_code == 0 and "wrote" not in again.stdout
    assert "unchanged   environments/local.yaml\n" in again.stdout


def test_another_folder_is_made_and_named_in_what_comes_next(tmp_path: Path) -> None:
    """Quoted, where the shell wants it."""
    result = init(tmp_path, "new repo")
    assert result.exit_code == 0
    assert (tmp_path / "new repo/environments/local.yaml").is_file()
    assert "  cd 'new repo' && git init && " in result.stdout


def test_what_has_to_exist_on_aws_is_said_where_nothing_makes_it(tmp_path: Path) -> None:
    """The bucket and the role that the environment names; with the workflows, a template has it."""
    role = "arn:aws:iam::111122223333:role/sagemaker-gitops-prod-execution"
    result = init(tmp_path, "plain", *AWS)
    assert f"  bucket acme-ml\n  role {role}\n" in result.stdout
    assert "reconciler doctor -e prod" in result.stdout
    assert f"role_arn: {role}\n" in (tmp_path / "plain/environments/prod.yaml").read_text()
    assert "have to exist" not in init(tmp_path, "github", *GITHUB).stdout


def test_a_role_of_ones_own_is_what_the_environment_names(tmp_path: Path) -> None:
    """Checked like every answer; not beside the template, which makes another one."""
    role = "arn:aws:iam::111122223333:role/teams/ml"
    assert init(tmp_path, "a", *AWS, "--role-arn", "ml").exit_code == 2
    assert init(tmp_path, "b", *GITHUB, "--role-arn", role).exit_code == 2
    result = init(tmp_path, "c", *AWS, "--role-arn", role)
    assert result.exit_code == 0, result.output
    text = (tmp_path / "c/environments/prod.yaml").read_text()
    assert f"role_arn: {role}\n" in text and f"role_arns: [{role}]\n" in text
    assert f"  role {role}\n" in result.stdout


def test_what_the_example_needs_on_this_computer_is_the_first_thing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The local engine refuses a job whose image has a package that is not here."""
    monkeypatch.setattr("reconciler.cli.init.find_spec", lambda name: None)
    assert "\nNext:\n  pip install scikit-learn  # " in init(tmp_path).stdout


def test_a_folder_inside_a_repository_is_refused(tmp_path: Path) -> None:
    """Documents lie at its top."""
    git(tmp_path, "init", "-q")
    (tmp_path / "sub").mkdir()
    result = init(tmp_path / "sub")
    assert result.exit_code == 1
    assert "lies inside the repository" in result.stderr and f"init {tmp_path}" in result.stderr
    assert list((tmp_path / "sub").iterdir()) == []


def test_without_a_terminal_every_missing_option_is_named(tmp_path: Path) -> None:
    """Once, and nothing is written."""
    result = init(tmp_path, "--ci", "github", "--region", "eu-west-1")
    assert result.exit_code == 2
    assert "pass --account, --bucket, --repository, --action" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_what_is_missing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong answer is asked again; the repository is guessed from `origin`."""
    monkeypatch.setattr(Console, "interactive", property(lambda self: True))
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", "git@github.com:acme/ml.git")
    answers = f"12\n111122223333\neu-west-1\nacme-ml\n\n{ACTION}\n\n"
    result = init(tmp_path, "--ci", "github", text=answers)
    assert result.exit_code == 0, result.output
    assert "is not an account: 12 digits" in result.stderr
    assert "[acme/ml]" in result.stderr and "[@acme]" in result.stderr
    assert 'account_id: "111122223333"' in (tmp_path / "environments/prod.yaml").read_text()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--account", "1234"),
        ("--region", "europe"),
        ("--bucket", "B/x"),
        ("--repository", "ml"),
        ("--repository", "acme/ml/x"),
        ("--action", "acme/sagemaker-gitops"),
        ("--action", "acme/sagemaker-gitops@v1"),
        ("--action", "./"),
        ("--owners", "acme"),
        ("--owners", "@acme\n* @evil"),
        ("-e", "local"),
        ("-e", "Prod"),
        ("-e", "x" * 31),
    ],
)
def test_an_answer_that_cannot_be_one_is_wrong_usage(
    tmp_path: Path, option: str, value: str
) -> None:
    """Nothing of it reaches a file."""
    result = init(tmp_path, *GITHUB, option, value)
    assert result.exit_code == 2 and option in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The roles that a stack makes, by name."""
    return written_roles(tmp_path_factory.mktemp("roles"))


def written_roles(folder: Path) -> dict[str, dict[str, Any]]:
    """The roles of a stack that is written there, by name."""
    assert init(folder, *GITHUB).exit_code == 0
    stack = yaml.safe_load((folder / ROLES).read_text())
    return {name: part["Properties"] for name, part in stack["Resources"].items()}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    [policy] = role["Policies"]
    found = policy["PolicyDocument"]["Statement"]
    return [
        {**s, "Action": [s["Action"]] if isinstance(s["Action"], str) else s["Action"]}
        for s in found
    ]


def trusted(role: dict[str, Any]) -> dict[str, Any]:
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    conditions = statement["Condition"]
    assert conditions.keys() == {"StringEquals"}
    prefix = "token.actions.githubusercontent.com:"
    return {key.removeprefix(prefix): value for key, value in conditions["StringEquals"].items()}


IDS = "repo:acme@${OwnerId}/ml@${RepositoryId}:"


def test_the_plan_role_trusts_its_own_environment_only(roles: dict[str, Any]) -> None:
    """By exact subjects, with the names alone and with the ids, and by the repository's id. No job
    takes it as a mere pull request."""
    assert trusted(roles["PlanRole"]) == {
        "aud": "sts.amazonaws.com",
        "repository_id": {"Ref": "RepositoryId"},
        "sub": [
            "repo:acme/ml:environment:prod-plan",
            {"Fn::Sub": IDS + "environment:prod-plan"},
        ],
    }


def test_the_apply_role_trusts_the_environment_on_main_only(roles: dict[str, Any]) -> None:
    """No pull request gets it, whatever it says."""
    assert trusted(roles["ApplyRole"]) == {
        "aud": "sts.amazonaws.com",
        "repository_id": {"Ref": "RepositoryId"},
        "ref": "refs/heads/main",
        "sub": ["repo:acme/ml:environment:prod", {"Fn::Sub": IDS + "environment:prod"}],
    }


def test_the_plan_role_can_only_read(roles: dict[str, Any]) -> None:
    """Every action of it looks."""
    actions = [action for s in statements(roles["PlanRole"]) for action in s["Action"]]
    reading = re.compile(r"[a-z0-9]+:(Describe|List|Get|Search|BatchGet)[A-Za-z*]*")
    assert actions and all(reading.fullmatch(action) for action in actions)


def test_the_plan_role_may_look_ahead_at_what_launches_need(roles: dict[str, Any]) -> None:
    """Everything only where no narrower resource exists; keys are those of the account."""
    found = {s["Sid"]: s for s in statements(roles["PlanRole"])}
    listing = found["LookAtQuotasAndNetworks"]
    assert (set(listing["Action"]), listing["Resource"]) == (
        {
            "servicequotas:ListServiceQuotas",
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
        },
        "*",
    )
    keys = found["LookAtKeys"]
    assert keys["Action"] == ["kms:DescribeKey"]
    assert keys["Resource"]["Fn::Sub"].endswith(":kms:${AWS::Region}:${AWS::AccountId}:key/*")


def test_the_apply_role_changes_only_what_is_ours(roles: dict[str, Any]) -> None:
    """Creating needs our tags in the request, changing needs them on the thing."""
    found = {s["Sid"]: s for s in statements(roles["ApplyRole"])}
    deny = found["NeverDeleteTrainingJobs"]
    assert (deny["Effect"], deny["Action"], deny["Resource"]) == (
        "Deny",
        ["sagemaker:DeleteTrainingJob"],
        "*",
    )
    passing = found["PassTheExecutionRole"]
    assert passing["Resource"] == ("arn:aws:iam::111122223333:role/sagemaker-gitops-prod-execution")
    assert passing["Condition"]["StringEquals"] == {
        "iam:PassedToService": "sagemaker.amazonaws.com"
    }
    for sid, context in (("CreateWithOurTags", "RequestTag"), ("ChangeWhatIsOurs", "ResourceTag")):
        assert found[sid]["Condition"]["StringEquals"] == ours(context)
    looking = re.compile(r"[a-z0-9]+:(Describe|List|Get|Search|BatchGet|Filter)[A-Za-z*]*")
    for sid, statement in found.items():
        if statement["Effect"] == "Allow" and "Condition" not in statement:
            writing = {a for a in statement["Action"] if not looking.fullmatch(a)}
            assert writing <= {"s3:PutObject"}, sid


def ours(context: str) -> dict[str, str]:
    """The tags of the repository and the environment, in a request or on a resource."""
    return {
        f"aws:{context}/sagemaker-gitops:repository": "github.com/acme/ml",
        f"aws:{context}/sagemaker-gitops:environment": "prod",
    }


def test_the_apply_role_tags_what_it_creates_and_nothing_that_is_there(
    roles: dict[str, Any],
) -> None:
    """Our tags on what others made would give the right to delete it."""
    found = statements(roles["ApplyRole"])
    tagging = {s["Sid"]: s["Condition"] for s in found if "sagemaker:AddTags" in s["Action"]}
    creating = next(s["Action"] for s in found if s["Sid"] == "CreateWithOurTags")
    actions = [action.removeprefix("sagemaker:") for action in creating]
    assert tagging == {
        "TagWhatIsCreated": {"StringEquals": {"sagemaker:TaggingAction": actions}},
        "ChangeWhatIsOurs": {"StringEquals": ours("ResourceTag")},
    }


def test_code_and_data_have_owners_as_documents_have(tmp_path: Path) -> None:
    """What starts an apply, by the paths of the workflow, launches or deploys."""
    init(tmp_path, *GITHUB)
    text = (tmp_path / ".github/CODEOWNERS").read_text()
    owned = {line.split()[0] for line in text.splitlines() if line.startswith("/")}
    workflow = yaml.safe_load((tmp_path / ".github/workflows/reconcile.yml").read_text())
    paths = workflow[True]["push"]["paths"]  # YAML 1.1 reads `on` as a truth value
    started = {"/" + path.removesuffix("**") for path in paths}
    assert owned == started | {"/locks/", "/infrastructure/", "/.github/"}
    made = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert made - {folder.strip("/") for folder in owned} == {".vscode", "schemas"}


def test_the_required_check_counts_from_github_actions_only(tmp_path: Path) -> None:
    """15368 is their id. Else any App, and the token of any person, could report that check."""
    init(tmp_path, *GITHUB)
    rules = json.loads((tmp_path / "infrastructure/github/ruleset-main.json").read_text())["rules"]
    (checks,) = [rule for rule in rules if rule["type"] == "required_status_checks"]
    required = checks["parameters"]["required_status_checks"]
    assert required == [{"context": "validate", "integration_id": 15368}]


def test_jobs_cannot_replace_what_was_uploaded_for_them(roles: dict[str, Any]) -> None:
    """Code and data lie under names that say what they hold."""
    [deny] = [s for s in statements(roles["ExecutionRole"]) if s["Effect"] == "Deny"]
    assert deny["Action"] == ["s3:PutObject"]
    assert [r["Fn::Sub"].rpartition(":::")[2] for r in deny["Resource"]] == [
        "acme-ml/code/*",
        "acme-ml/data/*",
    ]


def test_a_protected_main_gets_a_branch_for_the_lock_or_an_app(tmp_path: Path) -> None:
    """Without an App nobody could write the lock to main, and nothing would be launched."""
    apart, app = tmp_path / "apart", tmp_path / "app"
    init(tmp_path, str(apart), *GITHUB)
    init(tmp_path, str(app), *GITHUB, "--app-id", "4711")

    def bypass(folder: Path) -> Any:
        text = (folder / "infrastructure/github/ruleset-main.json").read_text()
        return json.loads(text)["bypass_actors"]

    line = "lock_branch: sagemaker-gitops-lock\n"
    assert line in (apart / "environments/prod.yaml").read_text() and bypass(apart) == []
    assert line not in (app / "environments/prod.yaml").read_text()
    assert bypass(app) == [{"actor_id": 4711, "actor_type": "Integration", "bypass_mode": "always"}]


def test_events_start_the_workflow_with_a_body_that_is_always_the_same(tmp_path: Path) -> None:
    """A token that may start workflows is all it needs; it is never in the template."""
    init(tmp_path, *GITHUB)
    text = (tmp_path / "infrastructure/aws/prod-events.yaml").read_text()
    stack = yaml.safe_load(text)
    assert stack["Parameters"]["GitHubToken"]["NoEcho"] is True
    parts = stack["Resources"]
    assert parts["Destination"]["Properties"]["InvocationEndpoint"].endswith(
        "/repos/acme/ml/actions/workflows/reconcile.yml/dispatches"
    )
    rule = parts["Rule"]["Properties"]
    assert json.loads(rule["Targets"][0]["Input"]) == {"ref": "main"}
    assert rule["EventPattern"]["detail"]["TrainingJobStatus"] == ["Completed", "Failed", "Stopped"]


def test_an_environment_on_aws_needs_no_github(tmp_path: Path) -> None:
    """The document only; its partition follows the region."""
    result = init(tmp_path, *AWS[:2], "--region", "cn-north-1", *AWS[4:], "-e", "china")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "environments/china.yaml").read_text()
    assert "role_arn: arn:aws-cn:iam::111122223333:role/sagemaker-gitops-china-execution" in text
    assert "lock_branch" not in text
    assert not (tmp_path / "infrastructure").exists()


def test_what_belongs_to_workflows_stays_in_a_template() -> None:
    """Expressions of GitHub and pins of actions are no holes; a hole without a value is a bug."""
    text = "uses: actions/checkout@0a1b ${{ github.ref }} ${AWS::Region} @{name}"
    expected = "uses: actions/checkout@0a1b ${{ github.ref }} ${AWS::Region} x"
    assert fill(text, {"name": "x"}) == expected
    with pytest.raises(KeyError):
        fill(text, {})


def test_network_interfaces_are_allowed_only_to_jobs_in_a_vpc(roles: dict[str, Any]) -> None:
    """What AWS asks of the execution role there (CreateTrainingJob), in a policy of its own."""
    policy = roles["VpcPolicy"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert policy["Roles"] == [{"Ref": "ExecutionRole"}]
    assert {action.partition(":")[0] for action in statement["Action"]} == {"ec2"}
    made = {f"ec2:{verb}NetworkInterface{of}" for verb in ("Create", "Delete")
            for of in ("", "Permission")}  # fmt: skip
    seen = ("NetworkInterfaces", "Vpcs", "DhcpOptions", "Subnets", "SecurityGroups")
    assert set(statement["Action"]) == made | {f"ec2:Describe{what}" for what in seen}
    assert not [a for s in statements(roles["ExecutionRole"]) for a in s["Action"] if "ec2" in a]


def test_a_role_that_runs_nothing_in_a_vpc_has_no_right_to_it(tmp_path: Path) -> None:
    """The policy is made on a condition, which is false unless somebody says otherwise."""
    init(tmp_path, *GITHUB)
    stack = yaml.safe_load((tmp_path / ROLES).read_text())
    condition = stack["Resources"]["VpcPolicy"]["Condition"]
    assert stack["Conditions"][condition] == {"Fn::Equals": [{"Ref": "JobsInVpc"}, "true"]}
    assert stack["Parameters"]["JobsInVpc"]["Default"] == "false"


def test_the_set_up_on_github_is_told_in_an_order_that_works(tmp_path: Path) -> None:
    """main takes the first push before it takes pull requests only, and environments exist before
    their variables are set."""
    init(tmp_path, *GITHUB)
    text = (tmp_path / "infrastructure/README.md").read_text()
    steps = (
        "Bring what",
        "aws s3 mb s3://acme-ml",
        "aws/prod-roles.yaml",
        "environments/prod-plan\n",
        "gh variable set AWS_ROLE_ARN",
        "gh variable set RECONCILER_ENVIRONMENTS",
        "github/ruleset-main.json",
        "reconciler doctor",
    )
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
