import type { Face, Seen } from "./server";

/** Who stands before the kiosk, and not behind or on their way past it. */
export class Door {
  /** Of the picture's shorter side that a face must be high: further away it is not named. */
  static readonly leastShare = 0.2;

  /** Pictures in a row that must name the same student. */
  static readonly inARow = 3;

  /** Milliseconds in which a student is greeted once. */
  static readonly quiet = 60_000;

  #rows = new Map<string, number>();
  #greeted: Map<string, number>;

  constructor(private readonly remembered = sessionStorage) {
    this.#greeted = new Map(JSON.parse(this.remembered.getItem("greeted") ?? "[]") as [string, number][]);
  }

  /** Of one picture after another: who is greeted now, and whether anybody is near. */
  decide({ width, height, faces }: Seen, now: number): { greeted: Face[]; isSomebodyNear: boolean } {
    const near = faces.filter(({ box }) => box.bottom - box.top >= Door.leastShare * Math.min(width, height));
    const named = new Map(near.filter((f) => f.student_id && f.sighting).map((f) => [f.student_id!, f]));
    this.#rows = new Map([...named.keys()].map((student) => [student, (this.#rows.get(student) ?? 0) + 1]));

    for (const [student, at] of this.#greeted) if (now - at > Door.quiet) this.#greeted.delete(student);
    const greeted = [...named].filter(([student]) => this.#rows.get(student)! >= Door.inARow && !this.#greeted.has(student));
    for (const [student] of greeted) this.#greeted.set(student, now);
    if (greeted.length > 0) this.remembered.setItem("greeted", JSON.stringify([...this.#greeted]));
    return { greeted: greeted.map(([, face]) => face), isSomebodyNear: near.length > 0 };
  }
}
