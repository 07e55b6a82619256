import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSchoolTime } from "./useSchoolTime";

/** On what a record rests, as the server keeps it: what is known by name is said in words. */
export function Evidence({ evidence, label }: { evidence: Record<string, unknown>; label: string }) {
  const { t, i18n } = useTranslation("evidence");
  const times = useSchoolTime();
  const number = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 4 });

  const say = (name: string, value: unknown): string => {
    if (Array.isArray(value)) return value.map((item) => say(name, item)).join("; ") || t("none");
    if (typeof value === "number") return t(`units.${name}` as never, { value: number.format(value), defaultValue: number.format(value) });
    if (typeof value === "boolean") return t(value ? "common:yes" : "common:no");
    if (typeof value === "object" && value)
      return Object.entries(value)
        .map(([k, v]) => `${title(k)}: ${say(k, v)}`)
        .join("; ");
    const text = String(value);
    if (/^\d{4}-\d\d-\d\dT/.test(text)) return times.dateTime(text);
    return t(`values.${text.replaceAll(".", "_")}` as never, { defaultValue: text });
  };
  const title = (name: string) => t(`names.${name}` as never, { defaultValue: name.replaceAll("_", " ") }) as string;

  const given = Object.entries(evidence).filter(([, value]) => value !== null && value !== undefined);
  return (
    <Table aria-label={label} withRowBorders={false} verticalSpacing={4} layout="fixed">
      <Table.Tbody>
        {given.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="40%" fw={500} c="dimmed">
              {title(name)}
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{say(name, value)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
