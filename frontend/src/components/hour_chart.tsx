// Bars of a day, one for each hour: how many orders came, and how many of them the ERP has; read aloud as one sentence.
import type { OverviewQuery } from "../api/typed";
import { day as words } from "../texts/day";

type Hour = OverviewQuery["overview"]["today"]["hours"][number];

const [WIDTH, HEIGHT, GAP] = [720, 104, 3];
const TALL = HEIGHT - 1;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function HourChart({ hours, label }: { hours: Hour[]; label: string }) {
  const most = Math.max(1, ...hours.map(({ orders }) => orders));
  const step = WIDTH / hours.length;
  return (
    <s-stack gap="small-400">
      <svg role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" height={HEIGHT} preserveAspectRatio="none">
        <line x1="0" x2={WIDTH} y1={TALL + 0.5} y2={TALL + 0.5} stroke="#8a8a8a" stroke-width="1" />
        {hours.map((hour, n) => (
          <g key={hour.at}>
            <title>{words.hour(clock.format(new Date(hour.at)), hour.orders, hour.settled)}</title>
            <Bar x={n * step} wide={step - GAP} share={hour.orders / most} fill="#b5b5b5" />
            <Bar x={n * step} wide={step - GAP} share={hour.settled / most} fill="#303030" />
          </g>
        ))}
      </svg>
      <s-grid gridTemplateColumns="1fr 1fr 1fr 1fr">
        {hours.filter((_, n) => n % 6 === 0).map(({ at }) => (
          <s-text key={at} color="subdued">
            {clock.format(new Date(at))}
          </s-text>
        ))}
      </s-grid>
    </s-stack>
  );
}

function Bar({ x, wide, share, fill }: { x: number; wide: number; share: number; fill: string }) {
  const tall = share * (TALL - 4);
  return <rect x={x} y={TALL - tall} width={wide} height={tall} fill={fill} />;
}
