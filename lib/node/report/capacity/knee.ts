/** A point of a curve; both coordinates grow. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** Steps of the mean distance that the curve must leave its diagonal by: S of the paper, as it recommends. */
const SENSITIVITY = 1;
const FEWEST_POINTS = 4;
/** A curve that rises less, from its lowest point to its last one, has no knee: scaled up, noise would look like one. */
const SMALLEST_RISE = 2;

/**
 * The knee of a curve that rises ever faster, such as latency against load: the point after which more load costs much more
 * latency. Kneedle (Satopää, Albrecht, Irwin and Raghavan, *Finding a "Kneedle" in a Haystack*, ICDCSW 2011), for a convex curve:
 * scale both axes to 0–1, and take the point that lies furthest below the diagonal. One rule is our own: the last point must be
 * at least twice as high as the lowest.
 *
 * @param points in order of x
 * @returns its index; undefined if there is no knee
 */
export function kneeOf(points: readonly CurvePoint[]): number | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < FEWEST_POINTS) return undefined;
  const ys = points.map(({ y }) => y);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  if (last.y < SMALLEST_RISE * low || last.x === first.x) return undefined;
  const below = points.map(({ x, y }) => (x - first.x) / (last.x - first.x) - (y - low) / (high - low));
  const furthest = Math.max(...below);
  return furthest > SENSITIVITY / (points.length - 1) ? below.indexOf(furthest) : undefined;
}
