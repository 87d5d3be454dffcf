import { Random } from '../../support/isolation/random.js';

const TOPICS = 200;
const SPREAD = 0.35;

/** Vectors as models answer them: around topics, not evenly. The same ones for the same seed. */
export class ClusteredVectors {
  private readonly random: Random;
  private readonly topics: readonly number[][];

  constructor(
    private readonly dimensions: number,
    seed: number,
  ) {
    this.random = new Random(seed);
    this.topics = Array.from({ length: TOPICS }, () => this.point());
  }

  next(): number[] {
    const topic = this.topics[Math.floor(this.random.next() * TOPICS)] as number[];
    return topic.map((value) => value + SPREAD * this.normal());
  }

  private point(): number[] {
    return Array.from({ length: this.dimensions }, () => this.normal());
  }

  /** Box and Muller's way to a normal distribution. */
  private normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.random.next()));
    return radius * Math.cos(2 * Math.PI * this.random.next());
  }
}
