import { Alert, Button, Code, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { download } from "../../shared/download";
import { Page } from "../../shared/Page";
import { PageLink } from "../../shared/PageLink";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useSchoolTime } from "../../shared/useSchoolTime";

type Receipt = Schemas["Erasure"];

/** Forgets a student for good, and then shows the receipt, which names nobody. */
export function Erase(props: { id: string; receipt: Receipt } | { id: string; onErased: (receipt: Receipt) => void }) {
  return "receipt" in props ? <ReceiptPage receipt={props.receipt} /> : <EraseForm {...props} />;
}

function EraseForm({ id, onErased }: { id: string; onErased: (receipt: Receipt) => void }) {
  const { t } = useTranslation("students");
  const [typed, setTyped] = useState("");
  const erase = useMutation({
    mutationFn: async () => (await api.POST("/api/v1/students/{id}/erasure", { params: { path: { id } } })).data!,
    onSuccess: onErased,
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        erase.mutate();
      }}
    >
      <Stack>
        <Text>{t("erase.what")}</Text>
        <TextInput
          label={t("erase.type", { id })}
          autoComplete="off"
          autoCapitalize="none"
          value={typed}
          data-autofocus
          onChange={(e) => setTyped(e.currentTarget.value)}
        />
        <ProblemAlert error={erase.error} />
        <Button type="submit" color="red" disabled={typed.trim() !== id} loading={erase.isPending}>
          {t("erase.do")}
        </Button>
      </Stack>
    </form>
  );
}

function ReceiptPage({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation("students");
  const times = useSchoolTime();
  const keep = () => download(new Blob([JSON.stringify(receipt, null, 2)], { type: "application/json" }), `erasure-${receipt.id}.json`);
  return (
    <Page title={t("erase.done")}>
      <Alert color="green" variant="light" icon={<IconCheck aria-hidden />} title={t("erase.receipt")} role="status">
        <Stack gap="xs">
          <Text size="sm">{t("erase.keep")}</Text>
          <Code block>{receipt.id}</Code>
          <Text size="sm">
            {times.dateTime(receipt.erased_at)} · {receipt.erased_by}
          </Text>
          <List size="sm">
            {Object.entries(receipt.removed).map(([what, rows]) => (
              <List.Item key={what}>
                {what}: {rows}
              </List.Item>
            ))}
          </List>
          <Group>
            <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={keep}>
              {t("erase.download")}
            </Button>
          </Group>
        </Stack>
      </Alert>
      <PageLink to="/students">{t("toAll")}</PageLink>
    </Page>
  );
}
