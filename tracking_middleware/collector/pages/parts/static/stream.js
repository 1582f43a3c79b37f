// The events as they come. The connection is given back while nobody looks: a browser has six to a host.
export class Stream {
  #source = null;
  #url;
  #last;
  #on;

  constructor(url, last, on) {
    this.#url = url;
    this.#last = last;
    this.#on = on;
    document.addEventListener("visibilitychange", this.#listen);
    this.#listen();
  }

  #listen = () => {
    if (document.hidden) {
      this.#source?.close();
      this.#source = null;
    } else if (!this.#source) {
      this.#open();
    }
  };

  #open() {
    const url = new URL(this.#url, location.origin);
    url.searchParams.set("after", this.#last);
    const source = new EventSource(url);
    source.onopen = () => this.#on.state("live");
    source.onerror = () => {
      this.#on.state("lost");
      if (source.readyState !== EventSource.CLOSED || this.#source !== source) return;
      this.#source = null;
      setTimeout(this.#listen, 3000);
    };
    for (const name of ["rows", "skipped", "restart"]) {
      source.addEventListener(name, (event) => {
        this.#last = event.lastEventId;
        this.#on[name](JSON.parse(event.data));
      });
    }
    this.#source = source;
  }

  close() {
    document.removeEventListener("visibilitychange", this.#listen);
    this.#source?.close();
    this.#source = { close() {} };
  }
}
