import { createStore, del, get, keys, set, type UseStore } from "idb-keyval";
import { Problem } from "../api/problem";
import { deliver } from "./server";

/** What came of the oldest: sent, refused for good, to be tried again, or only after the session is renewed. */
export type Sent = "sent" | "refused" | "later" | "session" | "empty";

/**
 * Sightings that wait to be recorded, in the order in which the faces were seen. They lie in the browser's database, so that a reload and
 * a power cut leave them; a sighting is sealed by the server and holds no picture.
 */
export class SightingQueue {
  #store: UseStore = createStore("kiosk", "sightings");
  #last = 0;

  async add(sighting: string) {
    // Grows with time, and also where the clock was set back since the last one.
    this.#last = Math.max(Date.now(), this.#last + 1, ((await this.#numbers()).at(-1) ?? 0) + 1);
    await set(this.#last, sighting, this.#store);
  }

  async count() {
    return (await this.#numbers()).length;
  }

  /** Sends the oldest. It goes once the server has it, and a second delivery counts for nothing there. */
  async sendNext(): Promise<Sent> {
    const oldest = (await this.#numbers())[0];
    if (oldest === undefined) return "empty";
    try {
      await deliver((await get<string>(oldest, this.#store))!);
    } catch (error) {
      const { status } = error as Problem;
      if (status === 401 || status === 403) return "session";
      if (status === 0 || status === 408 || status === 429 || status >= 500) return "later";
      await del(oldest, this.#store);
      return "refused";
    }
    await del(oldest, this.#store);
    return "sent";
  }

  async #numbers() {
    return (await keys<number>(this.#store)).sort((a, b) => a - b);
  }
}
