/** Above the composer: what the draft proposes has been tried. A hint, told once the agent pauses; nothing is held up. */

import { Component, html } from "../vendor/preact-htm.js";
import * as texts from "../texts.js";
import { proposed } from "../tried.js";
import { Icon } from "./icons.js";
import { jumpTo } from "./jump.js";

const PAUSE = 500; // ms without a key: half a word proposes nothing, and a screen reader is not to talk into typing
const NONE = [];

export class Tried extends Component {
  constructor(props) {
    super(props);
    this.state = { found: NONE };
    this.look = () => this.setState({ found: proposed(this.props.text, this.props.attempts) });
  }

  componentDidMount() {
    this.look(); // a draft that was kept
  }

  componentDidUpdate(before) {
    const { text, attempts } = this.props;
    if (text === before.text && attempts === before.attempts) return;
    clearTimeout(this.timer);
    if (text && attempts.length) this.timer = setTimeout(this.look, PAUSE);
    else if (this.state.found.length) this.setState({ found: NONE }); // sent, or nothing left of it
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  render({ act, numbers }, { found }) {
    return html`
      <div class="already" role="status">
        ${found.length > 0 && html`<${Icon} name="info" />
          <div>${texts.composer.tried} <ul>${found.map(({ span, message }) => html`
            <li key=${span}><q><bdi>${span}</bdi></q>${numbers.has(message) && html` – <button type="button" class="link" onClick=${() => jumpTo(message, act)}>${texts.facts.jump(numbers.get(message))}</button>`}</li>`)}
          </ul></div>`}
      </div>
    `;
  }
}
