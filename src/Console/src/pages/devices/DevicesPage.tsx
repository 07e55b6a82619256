import { ActionIcon, Badge, Button, Checkbox, Group, Menu, Modal, Stack, Tabs, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconDots, IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { fieldErrors } from "../../api/problem";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { Secret } from "../../shared/Secret";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { usePages } from "../../shared/usePages";
import { VirtualTable } from "../../shared/VirtualTable";

type Device = Schemas["Device"];
type Key = Schemas["ApiKey"];

const deviceColors: Record<Schemas["DeviceState"], string> = { online: "green", silent: "red", removed: "gray" };
const keyColors: Record<string, string> = { good: "green", expired: "yellow", revoked: "gray" };
const deviceScopes = ["recognize", "liveness", "presence"];
const keyScopes = ["enroll", "recognize", "liveness", "presence", "attendance:read", "attendance:write", "webhooks", "admin"];

/** Cameras and kiosks, whether they are heard of, and the keys of programs. */
export default function DevicesPage() {
  const { t } = useTranslation("devices");
  const [tab, setTab] = useState<string | null>("devices");
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const client = useQueryClient();
  const again = () => void client.invalidateQueries({ queryKey: ["credentials"] });
  const done = (key: string) => {
    setAdding(false);
    setSecret(key);
    again();
  };
  return (
    <Page
      title={t("common:pages.devices")}
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          {t(tab === "devices" ? "addDevice" : "addKey")}
        </Button>
      }
    >
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="devices">{t("devices")}</Tabs.Tab>
          <Tabs.Tab value="keys">{t("keys")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="devices" pt="md">
          <Devices onSecret={setSecret} onChanged={again} />
        </Tabs.Panel>
        <Tabs.Panel value="keys" pt="md">
          <Keys onSecret={setSecret} onChanged={again} />
        </Tabs.Panel>
      </Tabs>
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title={t(tab === "devices" ? "addDevice" : "addKey")}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        {tab === "devices" ? <AddDevice onDone={done} /> : <AddKey onDone={done} />}
      </Modal>
      <Modal
        opened={secret !== null}
        onClose={() => setSecret(null)}
        title={t("secret")}
        closeButtonProps={{ "aria-label": t("common:close") }}
      >
        {secret && <Secret value={secret} />}
      </Modal>
    </Page>
  );
}

type Parts = { onSecret: (key: string) => void; onChanged: () => void };

function Devices({ onSecret, onChanged }: Parts) {
  const { t } = useTranslation("devices");
  const times = useSchoolTime();
  const [removing, setRemoving] = useState<Device | null>(null);
  const devices = usePages(
    ["credentials", "devices"],
    async (limit, offset) => (await api.GET("/api/v1/devices", { params: { query: { limit, offset } } })).data!,
    { refetchInterval: 15_000 },
  );
  const { rows, onEnd } = devices;
  const rotate = useRotation((key) => {
    onSecret(key);
    onChanged();
  });
  const remove = useMutation({
    mutationFn: (device: Device) => api.DELETE("/api/v1/devices/{device}", { params: { path: { device: device.device_id } } }),
    onSuccess: () => {
      setRemoving(null);
      onChanged();
    },
  });
  if (devices.data && rows.length === 0) return <Empty>{t("noDevices")}</Empty>;
  return (
    <Stack>
      <ProblemAlert error={devices.error ?? rotate.error ?? remove.error} retry={() => void devices.refetch()} />
      <VirtualTable
        label={t("devices")}
        rows={rows}
        rowKey={(d) => d.key_id}
        onEnd={onEnd}
        isLoading={devices.isLoading}
        columns={[
          {
            key: "name",
            title: t("name"),
            grow: 3,
            render: (d) => (
              <>
                {d.name}{" "}
                {d.name !== d.device_id && (
                  <Text span size="sm" c="dimmed">
                    {d.device_id}
                  </Text>
                )}
              </>
            ),
          },
          {
            key: "state",
            title: t("state"),
            grow: 3,
            render: (d) => (
              <Badge variant="light" color={d.state === "silent" && !d.last_heartbeat_at ? "gray" : deviceColors[d.state]}>
                {t(d.state === "silent" && !d.last_heartbeat_at ? "states.never" : `states.${d.state}`)}
              </Badge>
            ),
          },
          { key: "heard", title: t("heard"), grow: 3, wideOnly: true, render: (d) => times.dateTime(d.last_heartbeat_at) || t("never") },
          { key: "used", title: t("used"), grow: 3, wideOnly: true, render: (d) => times.dateTime(d.last_used_at) || t("never") },
          { key: "scopes", title: t("scopes"), grow: 3, wideOnly: true, render: (d) => d.scopes.join(", ") },
          {
            key: "actions",
            title: <VisuallyHidden>{t("actions")}</VisuallyHidden>,
            grow: 1,
            render: (d) =>
              d.state !== "removed" && (
                <Actions name={d.name} onRotate={() => rotate.mutate(d.key_id)} onEnd={() => setRemoving(d)} end={t("common:delete")} />
              ),
          },
        ]}
      />
      <Question
        title={t("removeTitle", { name: removing?.name })}
        text={t("removeText")}
        answer={t("common:delete")}
        isOpen={removing !== null}
        isPending={remove.isPending}
        onYes={() => remove.mutate(removing!)}
        onNo={() => setRemoving(null)}
      />
    </Stack>
  );
}

function Keys({ onSecret, onChanged }: Parts) {
  const { t } = useTranslation("devices");
  const times = useSchoolTime();
  const [revoking, setRevoking] = useState<Key | null>(null);
  const keys = usePages(
    ["credentials", "keys"],
    async (limit, offset) => (await api.GET("/api/v1/api-keys", { params: { query: { limit, offset } } })).data!,
  );
  const { rows, onEnd } = keys;
  const rotate = useRotation((key) => {
    onSecret(key);
    onChanged();
  });
  const revoke = useMutation({
    mutationFn: (key: Key) => api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id: key.id } } }),
    onSuccess: () => {
      setRevoking(null);
      onChanged();
    },
  });
  if (keys.data && rows.length === 0) return <Empty>{t("noKeys")}</Empty>;
  return (
    <Stack>
      <ProblemAlert error={keys.error ?? rotate.error ?? revoke.error} retry={() => void keys.refetch()} />
      <VirtualTable
        label={t("keys")}
        rows={rows}
        rowKey={(k) => k.id}
        onEnd={onEnd}
        isLoading={keys.isLoading}
        columns={[
          {
            key: "name",
            title: t("name"),
            grow: 3,
            render: (k) => (
              <>
                {k.name}{" "}
                <Text span c="dimmed" ff="monospace" size="xs">
                  {k.prefix}…
                </Text>
              </>
            ),
          },
          {
            key: "state",
            title: t("state"),
            grow: 2,
            render: (k) => (
              <Badge variant="light" color={keyColors[k.status]}>
                {t(`keyStates.${k.status}`)}
              </Badge>
            ),
          },
          { key: "scopes", title: t("scopes"), grow: 3, wideOnly: true, render: (k) => k.scopes.join(", ") },
          { key: "used", title: t("used"), grow: 2, wideOnly: true, render: (k) => times.dateTime(k.last_used_at) || t("never") },
          { key: "expires", title: t("expires"), grow: 2, wideOnly: true, render: (k) => times.dateTime(k.expires_at) || t("neverEnds") },
          {
            key: "actions",
            title: <VisuallyHidden>{t("actions")}</VisuallyHidden>,
            grow: 1,
            render: (k) =>
              k.status !== "revoked" && (
                <Actions name={k.name} onRotate={() => rotate.mutate(k.id)} onEnd={() => setRevoking(k)} end={t("revoke")} />
              ),
          },
        ]}
      />
      <Question
        title={t("revokeTitle", { name: revoking?.name })}
        text={t("revokeText")}
        answer={t("revoke")}
        isOpen={revoking !== null}
        isPending={revoke.isPending}
        onYes={() => revoke.mutate(revoking!)}
        onNo={() => setRevoking(null)}
      />
    </Stack>
  );
}

/** A new secret; the one before stays good for an hour. */
const useRotation = (onKey: (key: string) => void) =>
  useMutation({
    mutationFn: async (id: string) => (await api.POST("/api/v1/api-keys/{id}/rotate", { params: { path: { id } }, body: {} })).data!,
    onSuccess: ({ key }) => onKey(key),
  });

function Actions({ name, onRotate, onEnd, end }: { name: string; onRotate: () => void; onEnd: () => void; end: string }) {
  const { t } = useTranslation("devices");
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t("actionsOf", { name })}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onRotate}>{t("rotate")}</Menu.Item>
        <Menu.Item color="red" onClick={onEnd}>
          {end}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Question({
  title,
  text,
  answer,
  isOpen,
  isPending,
  onYes,
  onNo,
}: {
  title: string;
  text: string;
  answer: string;
  isOpen: boolean;
  isPending: boolean;
  onYes: () => void;
  onNo: () => void;
}) {
  const { t } = useTranslation("devices");
  return (
    <Modal opened={isOpen} onClose={onNo} title={title} closeButtonProps={{ "aria-label": t("common:close") }}>
      <Stack>
        <Text size="sm">{text}</Text>
        <Group justify="end">
          <Button variant="default" onClick={onNo}>
            {t("common:cancel")}
          </Button>
          <Button color="red" loading={isPending} onClick={onYes}>
            {answer}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function AddDevice({ onDone }: { onDone: (key: string) => void }) {
  const { t } = useTranslation("devices");
  const [draft, setDraft, forget] = useDraft("devices/add", { device_id: "", name: "", scopes: deviceScopes });
  const form = useForm({ initialValues: draft, onValuesChange: setDraft });
  const add = useMutation({
    mutationFn: async () =>
      (
        await api.POST("/api/v1/devices", {
          body: { device_id: form.values.device_id, name: form.values.name || form.values.device_id, scopes: form.values.scopes },
        })
      ).data!,
    onSuccess: ({ key }) => {
      forget();
      onDone(key);
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <form onSubmit={form.onSubmit(() => add.mutate())}>
      <Stack>
        <TextInput
          label={t("deviceId")}
          description={t("deviceIdWhat")}
          required
          autoCapitalize="none"
          data-autofocus
          {...form.getInputProps("device_id")}
        />
        <TextInput label={t("name")} {...form.getInputProps("name")} />
        <ScopeChoice scopes={deviceScopes} {...form.getInputProps("scopes")} />
        <ProblemAlert error={add.error} />
        <Button type="submit" loading={add.isPending}>
          {t("addDevice")}
        </Button>
      </Stack>
    </form>
  );
}

function AddKey({ onDone }: { onDone: (key: string) => void }) {
  const { t } = useTranslation("devices");
  const times = useSchoolTime();
  const [draft, setDraft, forget] = useDraft("keys/add", { name: "", scopes: [] as string[], expires: "" });
  const form = useForm({ initialValues: draft, onValuesChange: setDraft });
  const add = useMutation({
    mutationFn: async () => {
      const { name, scopes, expires } = form.values;
      return (
        await api.POST("/api/v1/api-keys", {
          body: { name, scopes, expires_at: expires ? times.startOfDay(expires, 1) : null },
        })
      ).data!;
    },
    onSuccess: ({ key }) => {
      forget();
      onDone(key);
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <form onSubmit={form.onSubmit(() => add.mutate())}>
      <Stack>
        <TextInput label={t("name")} description={t("keyNameWhat")} required data-autofocus {...form.getInputProps("name")} />
        <ScopeChoice scopes={keyScopes} {...form.getInputProps("scopes")} />
        <TextInput type="date" label={t("expires")} description={t("expiresWhat")} {...form.getInputProps("expires")} />
        <ProblemAlert error={add.error} />
        <Button type="submit" loading={add.isPending}>
          {t("addKey")}
        </Button>
      </Stack>
    </form>
  );
}

function ScopeChoice({ scopes, ...input }: { scopes: string[] }) {
  const { t } = useTranslation("devices");
  return (
    <Checkbox.Group label={t("scopes")} {...input}>
      <Stack gap={6} mt="xs">
        {scopes.map((scope) => (
          <Checkbox key={scope} value={scope} label={scope} description={t(`what.${scope.replace(":", "_")}` as never) as string} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
