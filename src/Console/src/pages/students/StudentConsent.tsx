import { Alert, Badge, Button, Group, Radio, Stack, Text, TextInput, Timeline } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";

const colors = { given: "green", withdrawn: "red", not_asked: "gray" } as const;
const start = { state: "given" as "given" | "withdrawn", method: "", note: "" };

/** What the student said to being recognised, each time. */
export function StudentConsent({ id }: { id: string }) {
  const { t } = useTranslation("students");
  const times = useSchoolTime();
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [draft, setDraft, forget] = useDraft(`students/consent/${id}`, start);
  const consent = useQuery({
    queryKey: ["students", "consent", id],
    queryFn: async () => (await api.GET("/api/v1/students/{id}/consent", { params: { path: { id } } })).data!,
  });
  const record = useMutation({
    mutationFn: () =>
      api.PUT("/api/v1/students/{id}/consent", {
        params: { path: { id } },
        body: { state: draft.state, method: draft.method.trim(), note: draft.note.trim() || null },
      }),
    onSuccess: () => {
      forget();
      setOpen(false);
      void client.invalidateQueries({ queryKey: ["students"] });
    },
  });
  const said = consent.data;
  return (
    <Stack gap="sm">
      <ProblemAlert error={consent.error} retry={() => void consent.refetch()} />
      {said && (
        <>
          <Group justify="space-between">
            <Badge variant="light" tt="none" size="lg" color={colors[said.state]}>
              {t(`consent.${said.state}`)}
            </Badge>
            {!isOpen && (
              <Button size="xs" variant="default" onClick={() => setOpen(true)}>
                {t("consent.record")}
              </Button>
            )}
          </Group>
          {said.is_required && said.state !== "given" && <Text size="sm">{t("consent.required")}</Text>}
        </>
      )}
      {isOpen && (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            record.mutate();
          }}
        >
          <Stack gap="sm">
            <Radio.Group
              label={t("consent.what")}
              value={draft.state}
              onChange={(state) => setDraft((d) => ({ ...d, state: state as typeof d.state }))}
            >
              <Group mt={6}>
                <Radio value="given" label={t("consent.given")} />
                <Radio value="withdrawn" label={t("consent.withdrawn")} />
              </Group>
            </Radio.Group>
            {draft.state === "withdrawn" && (
              <Alert color="red" variant="light">
                {t("consent.withdrawal")}
              </Alert>
            )}
            <TextInput
              label={t("consent.method")}
              description={t("consent.methodWhat")}
              required
              maxLength={50}
              value={draft.method}
              onChange={(e) => {
                const method = e.currentTarget.value;
                setDraft((d) => ({ ...d, method }));
              }}
            />
            <TextInput
              label={t("consent.note")}
              maxLength={500}
              value={draft.note}
              onChange={(e) => {
                const note = e.currentTarget.value;
                setDraft((d) => ({ ...d, note }));
              }}
            />
            <ProblemAlert error={record.error} />
            <Group justify="end">
              <Button variant="default" onClick={() => setOpen(false)}>
                {t("common:cancel")}
              </Button>
              <Button type="submit" color={draft.state === "withdrawn" ? "red" : undefined} loading={record.isPending}>
                {t("common:save")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      {said && said.history.length > 0 && (
        <Timeline bulletSize={14} lineWidth={2} active={-1} aria-label={t("consent.history")}>
          {said.history.map((one) => (
            <Timeline.Item key={one.recorded_at} title={t(`consent.${one.state}`)}>
              <Text size="sm">{[one.method, one.note].filter(Boolean).join(" · ")}</Text>
              <Text size="xs" c="dimmed">
                {times.dateTime(one.recorded_at)} · {one.recorded_by}
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
      )}
    </Stack>
  );
}
