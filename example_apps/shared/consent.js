// Asks the visitor once. After a yes the JavaScript tracker carries on in the identity that the server begins.
const { appId, collectorUrl } = document.currentScript.dataset;
const consent = document.cookie.match(/(?:^|; )consent=(\w+)/)?.[1];

if (!consent) {
  const banner = document.createElement("aside");
  banner.append("May we recognise you when you come back? ");
  for (const [label, value] of [["Yes", "full"], ["No", "none"]]) {
    const button = document.createElement("button");
    button.textContent = label;
    button.onclick = () => {
      document.cookie = `consent=${value}; path=/; max-age=15552000; samesite=lax`;
      location.reload();
    };
    banner.append(button, " ");
  }
  document.querySelector("main").after(banner);
}

if (consent === "full" && window.snowplowBrowserTracking) {
  snowplowBrowserTracking.newTracker("browser", collectorUrl, {
    appId,
    cookieSecure: location.protocol === "https:",
    cookieSameSite: "Lax",
  });
  snowplowBrowserTracking.trackPageView();
}
