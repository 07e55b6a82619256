import { Alert, Button, Code, Drawer, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertTriangle, IconCircleCheck, IconShieldCheck } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { VirtualTable } from "../../shared/VirtualTable";

type Entry = Schemas["AuditEntry"];
type Verdict = Schemas["AuditVerdict"];

/** Who did what to whose data, and whether the log of it is as it was written. */
export default function AuditPage() {
  const { t } = useTranslation("audit");
  const times = useSchoolTime();
  const [filter, setFilter] = useDraft("audit/filter", { actor: "", action: "", subject: "", from: "", to: "" });
  const [asked] = useDebouncedValue(filter, 300);
  const [opened, setOpened] = useState<Entry | null>(null);
  const entries = useInfiniteQuery({
    queryKey: ["audit", asked],
    initialPageParam: undefined as number | undefined,
    queryFn: async ({ pageParam }) =>
      (
        await api.GET("/api/v1/audit", {
          params: {
            query: {
              limit: 200,
              before: pageParam,
              ...given("actor", asked.actor),
              ...given("action", asked.action),
              ...given("subject", asked.subject),
              ...given("from", asked.from && times.startOfDay(asked.from)),
              ...given("to", asked.to && times.startOfDay(asked.to, 1)),
            },
          },
        })
      ).data!,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = entries.data?.pages.flatMap((p) => p.items) ?? [];
  const verify = useMutation({ mutationFn: async () => (await api.GET("/api/v1/audit/verification")).data! });
  const onEnd = useCallback(() => {
    if (entries.hasNextPage && !entries.isFetching) void entries.fetchNextPage();
  }, [entries]);
  const field = (name: keyof typeof filter, type = "text") => (
    <TextInput
      type={type}
      label={t(name)}
      value={filter[name]}
      onChange={(e) => {
        const value = e.currentTarget.value;
        setFilter((before) => ({ ...before, [name]: value }));
      }}
    />
  );
  return (
    <Page
      title={t("common:pages.audit")}
      actions={
        <Button leftSection={<IconShieldCheck size={16} />} variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
          {t("verify")}
        </Button>
      }
    >
      <ProblemAlert error={verify.error} />
      {verify.data && <VerdictAlert verdict={verify.data} />}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm" verticalSpacing="xs" component="search">
        {field("actor")}
        {field("action")}
        {field("subject")}
        {field("from", "date")}
        {field("to", "date")}
      </SimpleGrid>
      <ProblemAlert error={entries.error} retry={() => void entries.refetch()} />
      {entries.data && rows.length === 0 ? (
        <Empty>{t("nothing")}</Empty>
      ) : (
        <VirtualTable
          label={t("common:pages.audit")}
          rows={rows}
          rowKey={(e) => String(e.number)}
          onEnd={onEnd}
          onOpen={setOpened}
          isLoading={entries.isFetching && rows.length === 0}
          height="calc(100dvh - 300px)"
          columns={[
            { key: "number", title: "#", grow: 1, wideOnly: true, render: (e) => e.number },
            { key: "at", title: t("at"), grow: 3, render: (e) => `${times.date(e.at)} ${times.timeWithSeconds(e.at)}` },
            { key: "actor", title: t("actor"), grow: 3, wideOnly: true, render: (e) => e.actor },
            { key: "action", title: t("action"), grow: 3, render: (e) => e.action },
            { key: "subject", title: t("subject"), grow: 3, render: (e) => e.subject },
          ]}
        />
      )}
      <Drawer
        opened={opened !== null}
        onClose={() => setOpened(null)}
        position="right"
        title={t("entry", { number: opened?.number })}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        {opened && (
          <Stack gap="xs">
            <Text size="sm">
              {times.date(opened.at)} {times.timeWithSeconds(opened.at)}
            </Text>
            <Text size="sm">
              {t("actor")}: {opened.actor}
            </Text>
            <Text size="sm">
              {t("action")}: {opened.action}
            </Text>
            <Text size="sm">
              {t("subject")}: {opened.subject}
            </Text>
            <Code block tabIndex={0}>
              {JSON.stringify(opened.details, null, 2)}
            </Code>
          </Stack>
        )}
      </Drawer>
    </Page>
  );
}

function VerdictAlert({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation("audit");
  return (
    <Alert
      color={verdict.ok ? "green" : "red"}
      role="status"
      icon={verdict.ok ? <IconCircleCheck aria-hidden /> : <IconAlertTriangle aria-hidden />}
      title={t(verdict.ok ? "whole" : "broken")}
    >
      <Text size="sm">{verdict.ok ? t("wholeText", { count: verdict.rows }) : t(`faults.${verdict.fault!}`, { at: verdict.at })}</Text>
      <Text size="xs" mt={4} ff="monospace" style={{ overflowWrap: "anywhere" }}>
        {t("head", { head: verdict.head })}
      </Text>
    </Alert>
  );
}

const given = <K extends string>(name: K, value: string) => (value ? ({ [name]: value } as Record<K, string>) : {});
