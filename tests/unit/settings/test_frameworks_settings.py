"""``TRACKING`` as frameworks have it: a mapping, and a key that they have anyway."""

from __future__ import annotations

import flask
import pytest

from tracking_middleware import SettingsError
from tracking_middleware.flask import Tracking
from tracking_middleware.settings.problems import mapping


@pytest.mark.parametrize(("given", "kind"), [("log:", "str"), (["log:"], "list"), (None, "NoneType")])
def test_what_is_no_mapping_is_refused_in_words(given, kind):
    app = flask.Flask(__name__)
    app.config["TRACKING"] = given
    with pytest.raises(SettingsError) as caught:
        Tracking(app)
    (problem,) = caught.value.problems
    assert problem.startswith(f'app.config["TRACKING"] is a {kind}: give a mapping of settings, such as {{')


def test_the_name_is_the_frameworks_own():
    with pytest.raises(SettingsError, match="TRACKING is a str"):
        mapping("collector_url=log:", named="TRACKING")


def test_a_short_key_of_the_app_is_taken_and_one_of_ours_refused():
    app = flask.Flask(__name__)
    app.config.update(SECRET_KEY="dev", TRACKING={"collector_url": "log:", "app_id": "a"})
    tracking = Tracking(app)
    with app.app_context():
        assert tracking.tracker.settings.secret_key == ("dev",)
    own = flask.Flask(__name__)
    own.config["TRACKING"] = {"collector_url": "log:", "app_id": "a", "secret_key": "dev"}
    with pytest.raises(SettingsError, match="secret_key must have 32"):
        Tracking(own)
