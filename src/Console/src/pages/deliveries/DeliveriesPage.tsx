import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Card,
  Checkbox,
  Code,
  Drawer,
  Group,
  Menu,
  Modal,
  SegmentedControl,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { IconDots, IconPlus, IconRefresh } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { fieldErrors } from "../../api/problem";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { Secret } from "../../shared/Secret";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { VirtualTable } from "../../shared/VirtualTable";

type Webhook = Schemas["Webhook"];
type Delivery = Schemas["Delivery"];
type Status = Schemas["DeliveryStatus"];

const eventTypes = [
  "attendance.recognized",
  "attendance.checked_in",
  "attendance.marked",
  "attendance.absent",
  "attendance.corrected",
  "notice.raised",
  "notice.resolved",
];
const colors: Record<Status, string> = { pending: "yellow", sent: "green", dead: "red" };

/** Who is told of events, and what became of each. */
export default function DeliveriesPage() {
  const { t } = useTranslation("deliveries");
  const client = useQueryClient();
  const [isAdding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const endpoints = useQuery({ queryKey: ["webhooks"], queryFn: async () => (await api.GET("/api/v1/webhooks")).data!.items });
  const shown = endpoints.data?.find((e) => e.id === chosen) ?? endpoints.data?.[0];
  const again = () => client.invalidateQueries({ queryKey: ["webhooks"] });
  return (
    <Page
      title={t("common:pages.deliveries")}
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          {t("add")}
        </Button>
      }
    >
      <ProblemAlert error={endpoints.error} retry={() => void endpoints.refetch()} />
      {endpoints.data?.length === 0 && <Empty>{t("none")}</Empty>}
      {endpoints.data && endpoints.data.length > 0 && (
        <Stack>
          <Stack gap="xs" component="section" aria-label={t("endpoints")}>
            {endpoints.data.map((e) => (
              <Endpoint
                key={e.id}
                endpoint={e}
                isChosen={e === shown}
                onChoose={() => setChosen(e.id)}
                onSecret={setSecret}
                onChanged={() => void again()}
              />
            ))}
          </Stack>
          {shown && <Deliveries key={shown.id} endpoint={shown} />}
        </Stack>
      )}
      <Modal opened={isAdding} onClose={() => setAdding(false)} title={t("add")} closeButtonProps={{ "aria-label": t("common:close") }}>
        <AddEndpoint
          onDone={(made) => {
            setAdding(false);
            setSecret(made.secret);
            setChosen(made.id);
            void again();
          }}
        />
      </Modal>
      <Modal
        opened={secret !== null}
        onClose={() => setSecret(null)}
        title={t("secret")}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        {secret && <Secret value={secret} hint={t("secretHint")} />}
      </Modal>
    </Page>
  );
}

function Endpoint({
  endpoint,
  isChosen,
  onChoose,
  onSecret,
  onChanged,
}: {
  endpoint: Webhook;
  isChosen: boolean;
  onChoose: () => void;
  onSecret: (secret: string) => void;
  onChanged: () => void;
}) {
  const { t } = useTranslation("deliveries");
  const client = useQueryClient();
  const times = useSchoolTime();
  const [isRemoving, setRemoving] = useState(false);
  const path = { params: { path: { id: endpoint.id } } };
  const change = useMutation({
    mutationFn: (enabled: boolean) => api.PATCH("/api/v1/webhooks/{id}", { ...path, body: { enabled } }),
    onSuccess: onChanged,
  });
  const test = useMutation({
    mutationFn: async () => (await api.POST("/api/v1/webhooks/{id}/test", path)).data!,
    onSuccess: (delivery) => {
      const last = delivery.outcomes.at(-1);
      notifications.show({
        message: t(delivery.status === "sent" ? "testSent" : "testFailed", {
          status: last?.http_status ?? "–",
          message: last?.message ?? "",
        }),
        color: delivery.status === "sent" ? "green" : "red",
      });
      void client.invalidateQueries({ queryKey: ["deliveries", endpoint.id] });
    },
  });
  const rotate = useMutation({
    mutationFn: async () => (await api.POST("/api/v1/webhooks/{id}/rotate-secret", path)).data!,
    onSuccess: (made) => {
      onSecret(made.secret);
      onChanged();
    },
  });
  const remove = useMutation({
    mutationFn: () => api.DELETE("/api/v1/webhooks/{id}", path),
    onSuccess: () => {
      setRemoving(false);
      onChanged();
    },
  });
  const isFailing = endpoint.failing_since !== null;
  return (
    <Card withBorder padding="sm" bd={isChosen ? "1px solid var(--mantine-primary-color-filled)" : undefined}>
      <Group justify="space-between" wrap="nowrap" align="start">
        <Stack gap={4} miw={0}>
          <Group gap="xs">
            <Badge variant="light" color={!endpoint.enabled ? "gray" : isFailing ? "red" : "green"}>
              {t(!endpoint.enabled ? `disabled.${endpoint.disabled_reason ?? "by_hand"}` : isFailing ? "failing" : "works")}
            </Badge>
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {endpoint.url}
            </Text>
          </Group>
          <Text size="sm" c="dimmed">
            {[endpoint.built_in ? t("builtIn") : endpoint.description, endpoint.events.length ? endpoint.events.join(", ") : t("allEvents")]
              .filter(Boolean)
              .join(" · ")}
          </Text>
          {isFailing && <Text size="sm">{t("failingSince", { at: times.dateTime(endpoint.failing_since) })}</Text>}
          {endpoint.previous_secret_until && (
            <Text size="sm">{t("previousUntil", { at: times.dateTime(endpoint.previous_secret_until) })}</Text>
          )}
          <ProblemAlert error={change.error ?? test.error ?? rotate.error ?? remove.error} />
        </Stack>
        <Group gap="xs" wrap="nowrap">
          <Button size="xs" variant={isChosen ? "light" : "default"} aria-pressed={isChosen} onClick={onChoose}>
            {t("show")}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={t("actionsOf", { url: endpoint.url })}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => test.mutate()}>{t("test")}</Menu.Item>
              {!endpoint.built_in && (
                <>
                  <Menu.Item onClick={() => rotate.mutate()}>{t("rotate")}</Menu.Item>
                  <Menu.Item onClick={() => change.mutate(!endpoint.enabled)}>{t(endpoint.enabled ? "disable" : "enable")}</Menu.Item>
                  <Menu.Item color="red" onClick={() => setRemoving(true)}>
                    {t("common:delete")}
                  </Menu.Item>
                </>
              )}
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
      <Modal
        opened={isRemoving}
        onClose={() => setRemoving(false)}
        title={t("removeTitle", { url: endpoint.url })}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        <Stack>
          <Text size="sm">{t("removeText")}</Text>
          <Group justify="end">
            <Button variant="default" onClick={() => setRemoving(false)}>
              {t("common:cancel")}
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
              {t("common:delete")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Card>
  );
}

function AddEndpoint({ onDone }: { onDone: (made: Schemas["WebhookWithSecret"]) => void }) {
  const { t } = useTranslation("deliveries");
  const [draft, setDraft, forget] = useDraft("deliveries/add", { url: "", description: "", events: [] as string[] });
  const form = useForm({ initialValues: draft, onValuesChange: setDraft });
  const add = useMutation({
    mutationFn: async () => (await api.POST("/api/v1/webhooks", { body: form.values })).data!,
    onSuccess: (made) => {
      forget();
      onDone(made);
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <form onSubmit={form.onSubmit(() => add.mutate())}>
      <Stack>
        <TextInput type="url" label={t("url")} placeholder="https://" required data-autofocus {...form.getInputProps("url")} />
        <TextInput label={t("description")} {...form.getInputProps("description")} />
        <Checkbox.Group label={t("events")} description={t("eventsWhat")} {...form.getInputProps("events")}>
          <Stack gap={6} mt="xs">
            {eventTypes.map((type) => (
              <Checkbox key={type} value={type} label={type} />
            ))}
          </Stack>
        </Checkbox.Group>
        <ProblemAlert error={add.error} />
        <Button type="submit" loading={add.isPending}>
          {t("add")}
        </Button>
      </Stack>
    </form>
  );
}

function Deliveries({ endpoint }: { endpoint: Webhook }) {
  const { t } = useTranslation("deliveries");
  const times = useSchoolTime();
  const client = useQueryClient();
  const [status, setStatus] = useState<Status | "all">("all");
  const [opened, setOpened] = useState<string | null>(null);
  const deliveries = useInfiniteQuery({
    queryKey: ["deliveries", endpoint.id, status],
    refetchInterval: 10_000,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) =>
      (
        await api.GET("/api/v1/webhooks/{id}/deliveries", {
          params: { path: { id: endpoint.id }, query: { limit: 100, after: pageParam, ...(status === "all" ? {} : { status }) } },
        })
      ).data!,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = deliveries.data?.pages.flatMap((p) => p.items) ?? [];
  const replay = useMutation({
    mutationFn: async () => {
      const body = {
        from: rows.at(-1)!.created_at,
        to: new Date(new Date(rows[0]!.created_at).getTime() + 1000).toISOString(),
        status: "dead" as const,
      };
      return (await api.POST("/api/v1/webhooks/{id}/replay", { params: { path: { id: endpoint.id } }, body })).data!;
    },
    onSuccess: ({ replayed }) => {
      notifications.show({ message: t("replayed", { count: replayed }), color: "green" });
      void client.invalidateQueries({ queryKey: ["deliveries", endpoint.id] });
    },
  });
  const onEnd = useCallback(() => {
    if (deliveries.hasNextPage && !deliveries.isFetching) void deliveries.fetchNextPage();
  }, [deliveries]);
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t("deliveriesTo", { url: endpoint.url })}
        </Title>
        <Group gap="xs">
          {status === "dead" && rows.length > 0 && (
            <Button size="xs" variant="default" loading={replay.isPending} onClick={() => replay.mutate()}>
              {t("replayDead")}
            </Button>
          )}
          <SegmentedControl
            size="xs"
            aria-label={t("status")}
            value={status}
            onChange={(value) => setStatus(value as Status | "all")}
            data={["all", "pending", "sent", "dead"].map((value) => ({ value, label: t(`statuses.${value}` as never) as string }))}
          />
          <ActionIcon variant="default" aria-label={t("refresh")} onClick={() => void deliveries.refetch()}>
            <IconRefresh size={16} />
          </ActionIcon>
        </Group>
      </Group>
      <ProblemAlert error={deliveries.error ?? replay.error} retry={() => void deliveries.refetch()} />
      {deliveries.data && rows.length === 0 ? (
        <Empty>{t("nothingSent")}</Empty>
      ) : (
        <VirtualTable
          label={t("deliveriesTo", { url: endpoint.url })}
          rows={rows}
          rowKey={(d) => d.id}
          onEnd={onEnd}
          onOpen={(d) => setOpened(d.id)}
          isLoading={deliveries.isFetching && rows.length === 0}
          height="calc(100dvh - 330px)"
          columns={[
            { key: "at", title: t("at"), grow: 3, render: (d) => times.dateTime(d.created_at) },
            { key: "event", title: t("event"), grow: 3, render: (d) => d.event },
            { key: "student", title: t("student"), grow: 2, wideOnly: true, render: (d) => d.student_id ?? (d.erased ? t("erased") : "") },
            {
              key: "answer",
              title: t("answer"),
              grow: 2,
              wideOnly: true,
              render: (d) => d.outcomes.at(-1)?.http_status ?? (d.outcomes.length ? t("noAnswer") : ""),
            },
            { key: "attempts", title: t("attempts"), grow: 1, wideOnly: true, render: (d) => d.attempts },
            {
              key: "status",
              title: t("status"),
              grow: 3,
              render: (d) => (
                <Badge variant="light" color={colors[d.status]}>
                  {t(`statuses.${d.status}`)}
                </Badge>
              ),
            },
          ]}
        />
      )}
      <Drawer
        opened={opened !== null}
        onClose={() => setOpened(null)}
        position="right"
        size="lg"
        title={t("delivery")}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        {opened && <OneDelivery endpoint={endpoint.id} id={opened} />}
      </Drawer>
    </Stack>
  );
}

function OneDelivery({ endpoint, id }: { endpoint: string; id: string }) {
  const { t } = useTranslation("deliveries");
  const times = useSchoolTime();
  const client = useQueryClient();
  const path = { params: { path: { id: endpoint, delivery: id } } };
  const delivery = useQuery({
    queryKey: ["deliveries", endpoint, "one", id],
    refetchInterval: 5_000,
    queryFn: async () => (await api.GET("/api/v1/webhooks/{id}/deliveries/{delivery}", path)).data!,
  });
  const replay = useMutation({
    mutationFn: () => api.POST("/api/v1/webhooks/{id}/deliveries/{delivery}/replay", path),
    onSuccess: () => client.invalidateQueries({ queryKey: ["deliveries", endpoint] }),
  });
  const d = delivery.data;
  return (
    <Stack>
      <ProblemAlert error={delivery.error ?? replay.error} retry={() => void delivery.refetch()} />
      {d && (
        <>
          <Group justify="space-between">
            <Badge variant="light" color={colors[d.status]}>
              {t(`statuses.${d.status}`)}
            </Badge>
            {!d.erased && (
              <Button size="xs" variant="default" loading={replay.isPending} onClick={() => replay.mutate()}>
                {t("replay")}
              </Button>
            )}
          </Group>
          {d.next_attempt_at && <Text size="sm">{t("nextAttempt", { at: times.dateTime(d.next_attempt_at) })}</Text>}
          {d.erased && <Alert color="gray">{t("erasedWhat")}</Alert>}
          <Attempts delivery={d} />
          {d.body && (
            <div>
              <Title order={3} size="h5" mb={4}>
                {t("body")}
              </Title>
              <Code block tabIndex={0}>
                {pretty(d.body)}
              </Code>
            </div>
          )}
          <Text size="xs" c="dimmed">
            webhook-id: {d.event_id}
          </Text>
        </>
      )}
    </Stack>
  );
}

function Attempts({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation("deliveries");
  const times = useSchoolTime();
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>#</Table.Th>
          <Table.Th>{t("at")}</Table.Th>
          <Table.Th>{t("answer")}</Table.Th>
          <Table.Th>ms</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {delivery.outcomes.map((outcome) => (
          <Table.Tr key={outcome.number}>
            <Table.Td>{outcome.number}</Table.Td>
            <Table.Td>
              {times.date(outcome.at)} {times.timeWithSeconds(outcome.at)}
            </Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              {outcome.http_status ?? t("noAnswer")}{" "}
              <Text span size="xs" c="dimmed">
                {outcome.message}
              </Text>
            </Table.Td>
            <Table.Td>{outcome.latency_ms}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function pretty(body: string) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
