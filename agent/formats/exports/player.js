// Plays a recording: everything in the page has a time, and at each moment it shows what had been by then.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("recording").textContent);
  const by = (id) => document.getElementById(id);
  const make = (tag, kind, text) => {
    const node = document.createElement(tag);
    if (kind) node.className = kind;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const until = (times, time) => {
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= time) low = middle + 1; else high = middle;
    }
    return low;
  };
  const clock = (time) => {
    const seconds = Math.floor(time / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}.${Math.floor(time / 100) % 10}`;
  };

  // What can be seen, in order; `at` is when it begins, `show` draws it as it is at a time.
  const shown = [];
  const add = (parent, node, at, show) => {
    node.hidden = true;
    parent.append(node);
    shown.push({ node, at, show });
  };
  const fragments = (node, item) => {
    let count = -1;
    return (time) => {
      const now = until(item.times, time);
      if (now !== count) {
        node.textContent = now === item.pieces.length ? item.pieces.join("") : item.pieces.slice(0, now).join("");
        count = now;
      }
      node.classList.toggle("open", now < item.pieces.length);
    };
  };
  const main = by("turns");
  for (const turn of data.turns) {
    const section = make("section", "turn");
    const question = make("h2", "", turn.question);
    question.dir = "auto";
    section.append(question);
    add(main, section, turn.at, () => {});
    for (const item of turn.items) {
      const part = make("div", `item ${item.kind}`);
      if (item.name) part.append(make("h3", "", item.name));
      const text = make("pre", "text");
      text.dir = "auto";
      part.append(text);
      const draw = fragments(text, item);
      const state = make("p", "state");
      const result = make("pre", `result${item.failed ? " failed" : ""}`);
      if (item.kind === "call") part.append(state, result);
      add(section, part, item.at, (time) => {
        draw(time);
        if (item.kind !== "call") return;
        const reached = item.states.filter((one) => one[0] <= time).pop();
        state.textContent = reached ? reached[1] : "";
        const isOver = item.end !== null && item.end <= time && item.result !== null;
        result.textContent = isOver ? item.result : "";
        result.hidden = !isOver;
      });
    }
    const end = make("p", `ending ${turn.status === "answered" ? "" : "failed"}`, turn.ending);
    if (turn.end !== null) add(section, end, turn.end, () => {});
  }

  const track = by("track"), play = by("play"), stands = by("time"), speed = by("speed");
  track.max = String(Math.max(data.length, 1));
  for (const [at, name, kind] of data.marks) {
    const mark = make("button", `mark ${kind}`);
    mark.type = "button";
    mark.title = `${clock(at)}  ${name}`;
    mark.setAttribute("aria-label", mark.title);
    mark.style.setProperty("--at", String(at / Math.max(data.length, 1)));
    mark.addEventListener("click", () => seek(at));
    by("marks").append(mark);
  }

  let time = 0, since = null, following = true;
  const draw = () => {
    for (const one of shown) {
      const isThere = one.at <= time;
      one.node.hidden = !isThere;
      if (isThere) one.show(time);
    }
    track.value = String(time);
    stands.textContent = `${clock(time)} / ${clock(data.length)}`;
    play.textContent = since === null ? "Play" : "Pause";
    document.body.dataset.time = String(Math.round(time));
    if (since !== null && following) window.scrollTo(0, document.body.scrollHeight);
  };
  const frame = (now) => {
    if (since === null) return;
    time = Math.min(since.time + (now - since.now) * Number(speed.value), data.length);
    if (time >= data.length) since = null;
    draw();
    if (since !== null) requestAnimationFrame(frame);
  };
  const start = () => {
    since = { time: time >= data.length ? 0 : time, now: performance.now() };
    draw();
    requestAnimationFrame(frame);
  };
  const seek = (to) => {
    time = Math.min(Math.max(to, 0), data.length);
    if (since !== null) since = { time, now: performance.now() };
    draw();
  };
  const toggle = () => {
    if (since === null) start(); else { since = null; draw(); }
  };
  play.addEventListener("click", toggle);
  track.addEventListener("input", () => seek(Number(track.value)));
  speed.addEventListener("change", () => seek(time));
  window.addEventListener("wheel", () => { following = false; }, { passive: true });
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = { " ": toggle, ArrowLeft: () => seek(time - 5000), ArrowRight: () => seek(time + 5000),
      Home: () => seek(0), End: () => seek(data.length) };
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  draw();
})();
