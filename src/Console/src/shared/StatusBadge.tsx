import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

const colors: Record<string, string> = {
  present: "green",
  late: "orange",
  missing: "gray",
  absent: "red",
  excused: "blue",
  sick: "grape",
  needs_review: "yellow",
  expected: "gray",
};

/** A status in words, with a colour that says the same. */
export function StatusBadge({ status }: { status: string }) {
  const { t } = useTranslation("common");
  return (
    <Badge variant="light" color={colors[status] ?? "gray"} miw="max-content">
      {t(`status.${status}` as never, { defaultValue: status }) as string}
    </Badge>
  );
}
