/** Everything that was said, in one scroll. Redrawn only when it changed: a second's tick must cost nothing here. */

import { Component, html } from "../vendor/preact-htm.js";
import { deliveries, undelivered } from "../channels.js";
import { evidenceAt, lines, numbered } from "../case.js";
import * as texts from "../texts.js";
import { Entry } from "./entry.js";
import { Icon } from "./icons.js";
import { dayName, dayOf } from "./times.js";

const NEAR = 80; // px from the end within which new messages pull the view along
const NONE = [];

const atEnd = (element) => element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;

/** The last thing an agent said that the customer has had before their eyes. */
const seenEntry = (entries, seen) => entries.findLast((one) => one.sender === "agent" && one.kind === "message" && one.seq <= seen)?.seq;

export class Transcript extends Component {
  constructor(props) {
    super(props);
    this.state = { away: false };
    this.toEnd = () => {
      this.box.scrollTop = this.box.scrollHeight;
    };
    this.onScroll = () => {
      const away = !atEnd(this.box);
      if (away !== this.state.away) this.setState({ away });
    };
  }

  shouldComponentUpdate(next, state) {
    const { entries, seen, day, summary, typing } = this.props;
    return (
      next.entries !== entries ||
      next.seen !== seen ||
      next.day !== day ||
      next.typing !== typing ||
      next.summary.customer !== summary.customer ||
      next.summary.delivery !== summary.delivery ||
      state.away !== this.state.away
    );
  }

  componentDidMount() {
    this.toEnd();
    // Whatever changes the height (a taller composer, a picture that loads) must not hide the newest message.
    this.observer = new ResizeObserver(() => !this.state.away && this.toEnd());
    this.observer.observe(this.box);
    this.observer.observe(this.box.firstElementChild);
  }

  componentWillUnmount() {
    this.observer.disconnect();
  }

  getSnapshotBeforeUpdate() {
    return atEnd(this.box);
  }

  componentDidUpdate(before, _, wasAtEnd) {
    if (wasAtEnd) this.toEnd();
  }

  render({ act, summary, entries, seen, now, typing, typist }, { away }) {
    const name = texts.customer(summary);
    const marks = evidenceAt(entries);
    const numbers = numbered(entries);
    const brought = deliveries(entries, summary.delivery);
    const failed = undelivered(entries);
    const seenSeq = seenEntry(entries, seen);
    return html`
      <div class="transcript-frame">
        <div class="transcript" role="log" tabindex="0" aria-label=${texts.talk.transcript(name)}
          ref=${(element) => (this.box = element ?? this.box)} onScroll=${this.onScroll}>
          <ol>
            ${lines(entries, dayOf).map(({ key, day, time, entry, joined }) =>
              day
                ? html`<li key=${key} class="day"><h2>${dayName(time, now)}</h2></li>`
                : html`<${Entry} key=${key} conversation=${summary.id} entry=${entry} joined=${joined && !marks.has(entry.seq)}
                    signals=${marks.get(entry.seq) ?? NONE} number=${numbers.get(entry.seq)} customer=${name}
                    lang=${texts.languageTag(summary.customer?.lang)} seen=${entry.seq === seenSeq} act=${act} delivery=${failed.has(entry.seq) ? "undelivered" : brought.get(entry.seq)} />`)}
          </ol>
          <p class="typing" aria-live="off">${typing && html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${texts.talk.typing(typist ?? name)}`}</p>
        </div>
        ${away && html`<button class="newest" onClick=${this.toEnd}><${Icon} name="down" />${texts.action.latest}</button>`}
      </div>
    `;
  }
}
