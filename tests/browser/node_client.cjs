// The Node.js tracker's part: sends what it is told in its first argument, and ends.
const {
  newTracker,
  buildPageView,
  buildSelfDescribingEvent,
  buildStructEvent,
} = require("@snowplow/node-tracker");

const told = JSON.parse(process.argv[2]);
const tracker = newTracker(
  { namespace: "node", appId: "client", encodeBase64: told.base64 },
  { endpoint: "http://127.0.0.1", port: told.port, bufferSize: 1, ...told.emitter },
);
const entities = [told.entity];
tracker.track(buildPageView({ pageUrl: "https://www.example.com/", pageTitle: told.title }), entities);
tracker.track(buildStructEvent(told.structured), entities);
tracker.track(buildSelfDescribingEvent({ event: told.event }), entities);
tracker.flush().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
