/** What is asked, as a drawing. Turns are the person's own, as a mirror shows them. */
export function ActionPicture({ action }: { action: string }) {
  const shift = action === "turn_left" ? -9 : action === "turn_right" ? 9 : 0;
  const down = action === "nod" ? 8 : 0;
  const eye = action === "blink" ? 0.6 : 4;
  return (
    <svg viewBox="0 0 100 100" className="action" aria-hidden="true">
      <g transform={action === "move_closer" ? "translate(50 50) scale(1.15) translate(-50 -50)" : undefined}>
        <ellipse cx="50" cy="50" rx="30" ry="38" className="line" />
        <ellipse cx={39 + shift} cy={42 + down} rx="4.5" ry={eye} className="fill" />
        <ellipse cx={61 + shift} cy={42 + down} rx="4.5" ry={eye} className="fill" />
        <path d={`M${50 + shift} ${46 + down} l${shift / 3 - 2} 12 h5`} className="line" />
        {action === "mouth_open" ? (
          <ellipse cx="50" cy="71" rx="9" ry="8" className="fill" />
        ) : (
          <path d={`M${41 + shift} ${69 + down} q9 6 18 0`} className="line" />
        )}
      </g>
      {action === "turn_left" && <path d="M18 90 H4 m5 -5 l-5 5 l5 5" className="line" />}
      {action === "turn_right" && <path d="M82 90 H96 m-5 -5 l5 5 l-5 5" className="line" />}
      {action === "nod" && <path d="M92 40 V62 m-5 -5 l5 5 l5 -5" className="line" />}
      {action === "move_closer" && <path d="M10 10 l10 10 m0 -7 v7 h-7 M90 10 l-10 10 m0 -7 v7 h7" className="line" />}
    </svg>
  );
}
