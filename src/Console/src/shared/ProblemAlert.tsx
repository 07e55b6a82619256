import { Alert, Button, List } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/problem";

/** What is wrong in a sentence of the reader's language: the page's own where there is one for the code, otherwise the server's. */
export function useProblemText() {
  const { t, i18n } = useTranslation("common");
  return (error: unknown) => {
    if (!(error instanceof Problem)) return t("problems.unknown", { message: error instanceof Error ? error.message : String(error) });
    const key = `problems.${error.code.replaceAll(".", "_")}`;
    return i18n.exists(key, { ns: "common" }) ? t(key as never) : error.message;
  };
}

/** Says an error, the fields at fault, and offers to try again. Shows nothing where there is none. */
export function ProblemAlert({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  const { t } = useTranslation("common");
  const text = useProblemText();
  if (!error) return null;
  const fields = error instanceof Problem ? Object.entries(error.fields) : [];
  return (
    <Alert color="red" variant="light" role="alert" icon={<IconAlertTriangle aria-hidden />} title={title ?? t("problems.title")}>
      {text(error)}
      {fields.length > 0 && (
        <List size="sm" mt="xs">
          {fields.map(([name, faults]) => (
            <List.Item key={name}>
              {name}: {faults.join(" ")}
            </List.Item>
          ))}
        </List>
      )}
      {retry && (
        <Button mt="sm" size="xs" variant="default" onClick={retry}>
          {t("retry")}
        </Button>
      )}
    </Alert>
  );
}
