"""The site in Flask."""

from __future__ import annotations

import io

import flask
import flask.views
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tracking_middleware import current_page, untracked
from tracking_middleware.flask import Tracking

from . import content


def make(options):
    """The site, tracked with these settings, or bare."""
    app = flask.Flask(__name__)
    app.url_map.strict_slashes = False
    _add_pages(app)
    _add_answers(app)
    _add_untracked(app)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/mounted": _bare(app)})
    if options is not None:
        ready = options.get("tracker")
        app.config["TRACKING"] = {} if ready else options
        tracking = Tracking(tracker=ready)
        tracking.init_app(app)
        tracking.init_app(app)  # a second time changes nothing
        with app.app_context():
            app.tracker = tracking.tracker
    return app


def _bare(app):
    inner = app.wsgi_app
    return lambda environ, start_response: inner(environ, start_response)


def _add_pages(app):
    app.add_url_rule("/template", view_func=template)
    app.add_url_rule("/file", view_func=file)
    app.add_url_rule("/skip", view_func=skip)
    app.add_url_rule("/keep", view_func=keep)
    app.add_url_rule("/track", view_func=track, methods=["GET", "POST"])
    app.add_url_rule("/afterwards", view_func=afterwards, methods=["GET", "POST"])
    app.add_url_rule("/export", view_func=export, methods=["GET", "POST"])
    app.add_url_rule("/raises", view_func=raises)
    for path, chunks in (
        ("/streamed", content.stream),
        ("/breaks", content.broken_stream),
        ("/slow", content.slow_stream),
        ("/lazy", lazy),
    ):
        app.add_url_rule(path, endpoint=path, view_func=_streamed(chunks))
    app.add_url_rule("/<path:path>", view_func=page)


def _add_untracked(app):
    app.add_url_rule("/untracked", endpoint="u-page", view_func=untracked(page))
    app.add_url_rule("/untracked-lazy", endpoint="u-lazy", view_func=untracked(_streamed(lazy)))
    app.add_url_rule("/untracked-raises", endpoint="u-raises", view_func=untracked(raises))
    app.add_url_rule("/untracked-track", endpoint="u-track", view_func=untracked(track))
    app.add_url_rule("/untracked-class", view_func=Untracked.as_view("u-class"))
    group = untracked(flask.Blueprint("group", __name__))
    group.errorhandler(content.SiteError)(lambda error: page())
    group.add_url_rule("/group", endpoint="group", view_func=lambda: page())
    group.add_url_rule("/mended", endpoint="mended", view_func=raises)
    app.register_blueprint(group, url_prefix="/untracked")

    @untracked
    @app.get("/untracked-above")
    def above():
        return page()

    @app.get("/untracked-below")
    @untracked
    def below():
        return page()


@untracked
class Untracked(flask.views.MethodView):
    def get(self):
        return page()


def _streamed(chunks):
    return lambda: flask.Response(chunks(), mimetype="text/html")


def _add_answers(app):
    app.add_url_rule(
        "/json", endpoint="json", view_func=lambda: flask.Response("{}", mimetype="application/json")
    )
    app.add_url_rule("/nothing", endpoint="nothing", view_func=lambda: ("", 204))
    app.add_url_rule("/not-modified", endpoint="304", view_func=lambda: ("", 304))
    app.add_url_rule("/missing", endpoint="404", view_func=lambda: ("none", 404))
    app.add_url_rule("/redirect", endpoint="302", view_func=lambda: flask.redirect("/page"))
    app.add_url_rule("/cookies", view_func=cookies)
    app.add_url_rule("/cached", endpoint="cached", view_func=lambda: ("c", {"Cache-Control": content.PUBLIC}))


def page(path=""):
    content.fill_page()
    return content.HTML


def template():
    return flask.render_template_string("<p>template</p>{{ title() }}", title=content.title_in_template)


def lazy():
    content.fill_page()
    yield b"<p>lazy</p>"


def file():
    content.fill_page()
    return flask.send_file(io.BytesIO(b"<p>a file</p>"), mimetype="text/html")


def skip():
    current_page().skip("staff")
    return page()


def track():
    return content.order(flask.request.query_string.decode())


def afterwards():
    response = flask.Response("<p>thanks</p>")
    response.call_on_close(content.after_response)
    return response


def export():
    return flask.Response(content.exported(), mimetype="text/csv")


def keep():
    content.kept_pages.append(current_page())
    return page()


def raises():
    raise content.SiteError("before the response")


def cookies():
    response = flask.Response("c")
    for cookie in content.COOKIES:
        response.headers.add("Set-Cookie", cookie)
    return response
