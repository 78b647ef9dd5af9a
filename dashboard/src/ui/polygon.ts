/** A point of a picture or plan, in the units of the drawing that it is in. */
export type Point = readonly [number, number];

/** How far a key moves a point: a hundredth of the drawing, five with Shift. */
const STEP = 0.01;
const LONG_STEP = 0.05;

const WAYS: Record<string, Point> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Where a key moves a point of a drawing of this size; null for a key that moves nothing. */
export function moved(point: Point, key: string, long: boolean, size: Point): Point | null {
  const way = WAYS[key];
  if (!way) return null;
  const step = (long ? LONG_STEP : STEP) * Math.min(...size);
  return within([point[0] + way[0] * step, point[1] + way[1] * step], size);
}

/** The nearest point that lies in the drawing. */
export function within([x, y]: Point, [width, height]: Point): Point {
  return [Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))];
}

/** Points as an SVG has them. */
export function svgPoints(points: readonly Point[]): string {
  return points.map((point) => point.join(",")).join(" ");
}

export function replaced(points: readonly Point[], index: number, point: Point): Point[] {
  return points.map((one, at) => (at === index ? point : one));
}

export function without(points: readonly Point[], index: number): Point[] {
  return points.filter((_, at) => at !== index);
}

/** The points with one more in the middle of the longest side: for those who draw with keys. */
export function withMiddle(points: readonly Point[]): Point[] {
  let [longest, after] = [-1, points.length - 1];
  points.forEach((point, index) => {
    const next = points[(index + 1) % points.length] ?? point;
    const length = Math.hypot(next[0] - point[0], next[1] - point[1]);
    if (length > longest) [longest, after] = [length, index];
  });
  const [from, to] = [points[after], points[(after + 1) % points.length]];
  if (!from || !to) return [...points];
  const middle: Point = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  return [...points.slice(0, after + 1), middle, ...points.slice(after + 1)];
}

/** Where a new polygon begins: a rectangle in the middle. */
export function rectangle([width, height]: Point): Point[] {
  const [left, right] = [width * 0.35, width * 0.65];
  const [top, bottom] = [height * 0.35, height * 0.65];
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/** Whether two of its sides cross: then nobody can say what is inside. */
export function crossesItself(points: readonly Point[]): boolean {
  const sides = points.map((point, index) => [point, points[(index + 1) % points.length]] as const);
  return sides.some(([a, b], one) =>
    sides.some(([c, d], other) => {
      const apart = Math.abs(one - other);
      if (!b || !d || apart < 2 || apart === points.length - 1) return false;
      return turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);
    }),
  );
}

function turn(a: Point, b: Point, c: Point): number {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}
