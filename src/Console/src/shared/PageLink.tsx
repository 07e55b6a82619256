import { Anchor } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** A link to another page of the console, which opens without loading the console anew. */
export function PageLink({ to, onClick, children }: { to: string; onClick?: () => void; children: ReactNode }) {
  const navigate = useNavigate();
  return (
    <Anchor
      href={to}
      onClick={(e) => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return;
        e.preventDefault();
        onClick?.();
        void navigate({ to: to as never });
      }}
    >
      {children}
    </Anchor>
  );
}
